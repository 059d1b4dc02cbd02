#include "returnflows/base/money.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {
namespace {

struct ExponentException {
  std::string_view code;
  int exponent;
};

// Source: ISO 4217, list one, column "minor unit", where it is not 2.
constexpr std::array kExponentExceptions = {
    ExponentException{.code = "BHD", .exponent = 3},
    ExponentException{.code = "BIF", .exponent = 0},
    ExponentException{.code = "CLF", .exponent = 4},
    ExponentException{.code = "CLP", .exponent = 0},
    ExponentException{.code = "DJF", .exponent = 0},
    ExponentException{.code = "GNF", .exponent = 0},
    ExponentException{.code = "IQD", .exponent = 3},
    ExponentException{.code = "ISK", .exponent = 0},
    ExponentException{.code = "JOD", .exponent = 3},
    ExponentException{.code = "JPY", .exponent = 0},
    ExponentException{.code = "KMF", .exponent = 0},
    ExponentException{.code = "KRW", .exponent = 0},
    ExponentException{.code = "KWD", .exponent = 3},
    ExponentException{.code = "LYD", .exponent = 3},
    ExponentException{.code = "OMR", .exponent = 3},
    ExponentException{.code = "PYG", .exponent = 0},
    ExponentException{.code = "RWF", .exponent = 0},
    ExponentException{.code = "TND", .exponent = 3},
    ExponentException{.code = "UGX", .exponent = 0},
    ExponentException{.code = "UYI", .exponent = 0},
    ExponentException{.code = "UYW", .exponent = 4},
    ExponentException{.code = "VND", .exponent = 0},
    ExponentException{.code = "VUV", .exponent = 0},
    ExponentException{.code = "XAF", .exponent = 0},
    ExponentException{.code = "XOF", .exponent = 0},
    ExponentException{.code = "XPF", .exponent = 0},
};

constexpr std::string_view kTooBig = "the amount does not fit 64 bits of minor units";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Appends the digit to `minor`, which is negative or zero: the negative side has one value more.
bool push_digit(std::int64_t& minor, char digit) {
  return !__builtin_mul_overflow(minor, 10, &minor) &&
         !__builtin_sub_overflow(minor, digit - '0', &minor);
}

}  // namespace

Result<Currency> Currency::parse(std::string_view code) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.size() != 3 || !std::ranges::all_of(code, is_capital))
    return fail(ErrorCode::kInvalidInput,
                "a currency is three capital letters of ISO 4217, such as \"DKK\"");
  Currency currency;
  std::ranges::copy(code, currency.code_);
  const auto* found = std::ranges::find(kExponentExceptions, code, &ExponentException::code);
  if (found != kExponentExceptions.end()) currency.exponent_ = found->exponent;
  return currency;
}

Result<Money> parse_money(std::string_view amount, Currency currency) {
  const bool is_negative = amount.starts_with('-');
  std::string_view rest = amount.substr(is_negative ? 1 : 0);
  const std::size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : rest.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && fraction.empty()) ||
      !std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(fraction, is_digit))
    return fail(ErrorCode::kInvalidInput, "an amount is a decimal number, such as \"719.10\"");
  const auto exponent = static_cast<std::size_t>(currency.exponent());
  if (fraction.size() > exponent)
    return fail(ErrorCode::kInvalidInput,
                std::string{currency.code()} + " has " + std::to_string(exponent) +
                    " decimals; the amount has " + std::to_string(fraction.size()));
  std::int64_t minor = 0;
  std::string digits{whole};
  digits += fraction;
  digits.append(exponent - fraction.size(), '0');
  for (const char digit : digits)
    if (!push_digit(minor, digit)) return fail(ErrorCode::kInvalidInput, std::string{kTooBig});
  if (!is_negative && __builtin_sub_overflow(std::int64_t{0}, minor, &minor))
    return fail(ErrorCode::kInvalidInput, std::string{kTooBig});
  return Money{.minor = minor, .currency = currency};
}

std::string format_amount(Money money) {
  std::string digits = std::to_string(money.minor);
  const bool is_negative = digits.starts_with('-');
  if (is_negative) digits.erase(0, 1);
  const auto exponent = static_cast<std::size_t>(money.currency.exponent());
  if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
  if (exponent > 0) digits.insert(digits.size() - exponent, ".");
  return is_negative ? "-" + digits : digits;
}

Result<Money> add(Money augend, Money addend) {
  if (augend.currency != addend.currency)
    return fail(ErrorCode::kInvalidInput, "the amounts are in different currencies");
  if (__builtin_add_overflow(augend.minor, addend.minor, &augend.minor))
    return fail(ErrorCode::kInvalidInput, std::string{kTooBig});
  return augend;
}

Result<Money> subtract(Money minuend, Money subtrahend) {
  if (minuend.currency != subtrahend.currency)
    return fail(ErrorCode::kInvalidInput, "the amounts are in different currencies");
  if (__builtin_sub_overflow(minuend.minor, subtrahend.minor, &minuend.minor))
    return fail(ErrorCode::kInvalidInput, std::string{kTooBig});
  return minuend;
}

Result<Money> multiply(Money money, std::int64_t factor) {
  if (__builtin_mul_overflow(money.minor, factor, &money.minor))
    return fail(ErrorCode::kInvalidInput, std::string{kTooBig});
  return money;
}

Result<Money> share_of(Money money, std::int64_t hundredths_of_percent) {
  RF_TRY(Money product, multiply(money, hundredths_of_percent));
  constexpr std::int64_t kWhole = 10'000;
  const std::int64_t rest = product.minor % kWhole;
  product.minor /= kWhole;
  if (std::abs(rest) * 2 >= kWhole) product.minor += rest < 0 ? -1 : 1;
  return product;
}

}  // namespace returnflows
