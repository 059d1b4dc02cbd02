#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/transition.h"

namespace returnflows::sqlite {

// What was answered to requests with an Idempotency-Key. Keys older than limits::kIdempotencyKept
// count as absent. Thread: the journal's.
class IdempotencyTable {
 public:
  static Result<IdempotencyTable> open(Connection& connection);

  // The response remembered for the claim's key; nullopt when the key is new.
  // Errors: kUnprocessable ("idempotency_mismatch") when it was used with other content.
  Result<std::optional<std::string>> find(const IdempotencyClaim& claim, Timestamp now);

  // Remembers `response` for a key that find() did not know.
  Status remember(const IdempotencyClaim& claim, std::string_view response, Timestamp now);

  // Forgets up to limits::kIdempotencyForgottenMax keys and returns how many.
  Result<std::size_t> forget(Timestamp older_than);

 private:
  IdempotencyTable() = default;

  Statement find_;
  Statement remember_;
  Statement forget_;
};

}  // namespace returnflows::sqlite
