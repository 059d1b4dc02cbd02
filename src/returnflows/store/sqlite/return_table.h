#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/returns/return_state.h"
#include "returnflows/returns/settings.h"
#include "returnflows/store/return_records.h"
#include "returnflows/store/sqlite/connection.h"

namespace returnflows::sqlite {

// A return as it rests in the store; `state` has its facts.
struct StoredReturn {
  ReturnId id;
  MerchantId merchant;
  std::int64_t version = 0;
  Timestamp created_at{};
  returns::ReturnState state;
};

// Reads the columns version, merchant, created_ms, state and facts, from `first` on.
// Errors: kCorruption when the texts are not what was written.
Result<StoredReturn> read_return(const Run& run, int first, ReturnId id);

// What read_return() reads from column 0 on, of the return ?1.
inline constexpr std::string_view kFindReturnSql =
    "SELECT version,merchant,created_ms,state,facts FROM returns "
    "JOIN return_facts ON return=id WHERE id=?1";

// The return as the outside sees it under the settings of its merchant.
ReturnView view_of(const StoredReturn& stored,
                   const IdCodec& ids,
                   const returns::Settings& settings);

// The rows of returns. Thread: the journal's.
class ReturnTable {
 public:
  static Result<ReturnTable> open(Connection& connection);

  // The row number of the return to come. Never given twice.
  ReturnId next_id() const { return ReturnId{last_id_ + 1}; }

  // Writes the return that has next_id(), with its facts and what it is found by.
  Status insert(const StoredReturn& stored, Timestamp now);

  // Writes the state anew; `label_count_before` is what it said before, to know new labels by.
  Status update(const StoredReturn& stored, std::int64_t label_count_before, Timestamp now);

  Result<std::optional<StoredReturn>> find(ReturnId id);

  // The returns of an order, by its id or its name, oldest first.
  Result<std::vector<ReturnId>> of_order(MerchantId merchant, std::string_view order);

  // The newest return with a label of that number.
  Result<std::optional<ReturnId>> of_label(MerchantId merchant, std::string_view tracking_number);

  // Returns of the merchant behind `after` that are neither closed nor canceled, oldest first.
  Result<std::vector<ReturnId>> open_after(MerchantId merchant, ReturnId after, std::size_t count);

 private:
  ReturnTable() = default;

  std::int64_t last_id_ = 0;
  Statement insert_;
  Statement insert_facts_;
  Statement insert_label_;
  Statement insert_sku_;
  Statement update_;
  Statement find_;
  Statement of_order_;
  Statement of_label_;
  Statement open_after_;
};

}  // namespace returnflows::sqlite
