#pragma once

#include <cstdint>
#include <expected>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returnflows {

// What the caller can do about a failure decides the code, not where it came from.
enum class ErrorCode : std::uint8_t {
  kInvalidInput,  // The caller's bytes or fields are wrong: fix and send again.
  kUnauthorized,  // No valid credentials.
  kForbidden,     // Valid credentials, but not for this.
  kNotFound,
  kConflict,       // The current state does not allow it.
  kUnprocessable,  // Well formed, but contradicts what is already stored (idempotency).
  kTooLarge,
  kOverloaded,   // Try again later; nothing was written.
  kTimeout,      // A deadline passed.
  kUnavailable,  // A dependency (disk, database) refuses: nothing was written.
  kCancelled,    // The process is stopping.
  kCorruption,   // Stored bytes are not what was written.
  kInternal,     // A bug.
};

// snake_case name of `code`, as used in logs, metric labels and as the default problem `code`.
std::string_view error_code_name(ErrorCode code);

// True when the same call may succeed later without being changed.
bool is_retryable(ErrorCode code);

// One wrong field of an input. `pointer` is an RFC 6901 JSON pointer ("" is the whole document).
struct FieldError {
  std::string pointer;
  std::string detail;
};

// A failure as a value. `detail` is a sentence for people that names the fix where there is one;
// it never contains a secret. `reason` is the machine code of the API's problem document and
// defaults to error_code_name(code).
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string detail = {};
  std::vector<FieldError> fields = {};
  std::string reason = {};
  std::source_location where = std::source_location::current();

  std::string_view reason_or_default() const {
    return reason.empty() ? error_code_name(code) : std::string_view{reason};
  }
};

template <class T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

// Shorthand for `return fail(...)` in functions that return a Result.
inline std::unexpected<Error> fail(ErrorCode code,
                                   std::string detail,
                                   std::source_location where = std::source_location::current()) {
  return std::unexpected<Error>(Error{.code = code, .detail = std::move(detail), .where = where});
}

}  // namespace returnflows

#define RF_CONCAT_INNER(a, b) a##b
#define RF_CONCAT(a, b) RF_CONCAT_INNER(a, b)

// RF_TRY(auto value, call()) declares `value` from a Result, or returns its error to the caller.
#define RF_TRY(declaration, ...) \
  RF_TRY_WITH(RF_CONCAT(rf_result_, __LINE__), declaration, __VA_ARGS__)
#define RF_TRY_WITH(temporary, declaration, ...)                        \
  auto temporary = (__VA_ARGS__);                                       \
  if (!temporary) return std::unexpected(std::move(temporary).error()); \
  declaration = std::move(*temporary)

// RF_TRY_STATUS(call()) is RF_TRY for a Result without a value.
#define RF_TRY_STATUS(...)                        \
  if (auto rf_status = (__VA_ARGS__); !rf_status) \
  return std::unexpected(std::move(rf_status).error())

// RF_TRY inside a coroutine.
#define RF_CO_TRY(declaration, ...) \
  RF_CO_TRY_WITH(RF_CONCAT(rf_result_, __LINE__), declaration, __VA_ARGS__)
#define RF_CO_TRY_WITH(temporary, declaration, ...)                        \
  auto temporary = (__VA_ARGS__);                                          \
  if (!temporary) co_return std::unexpected(std::move(temporary).error()); \
  declaration = std::move(*temporary)
