#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {

// A currency of ISO 4217 by its three letters, with the number of decimals of its minor unit.
class Currency {
 public:
  // Errors: kInvalidInput when `code` is not three capital letters. A code that is not in the table
  // of exceptions has two decimals, as most of ISO 4217 do.
  static Result<Currency> parse(std::string_view code);

  std::string_view code() const { return {code_, 3}; }

  // Decimals of the minor unit: 2 for DKK, 0 for JPY, 3 for KWD.
  int exponent() const { return exponent_; }

  bool operator==(const Currency&) const = default;

 private:
  char code_[3] = {'X', 'X', 'X'};  // XXX: ISO 4217's "no currency", until one is parsed.
  int exponent_ = 2;
};

// An exact amount: minor units (øre, cents) and their currency. Never a float.
struct Money {
  std::int64_t minor = 0;
  Currency currency;

  bool operator==(const Money&) const = default;
};

// Reads "719.10" with at most the currency's decimals ("719", "719.1" are the same amount as
// "719.00", "719.10"). Errors: kInvalidInput for anything else, more decimals than the currency
// has, or an amount beyond 64 bits of minor units.
Result<Money> parse_money(std::string_view amount, Currency currency);

// "719.10": all decimals of the currency, a minus in front of negative amounts.
std::string format_amount(Money money);

// Errors: kInvalidInput when the currencies differ or the sum leaves 64 bits.
Result<Money> add(Money augend, Money addend);

// Errors: as add().
Result<Money> subtract(Money minuend, Money subtrahend);

// Errors: kInvalidInput when the product leaves 64 bits.
Result<Money> multiply(Money money, std::int64_t factor);

// `percent` of `money` in hundredths of a percent, half away from zero. Errors: as multiply().
Result<Money> share_of(Money money, std::int64_t hundredths_of_percent);

}  // namespace returnflows
