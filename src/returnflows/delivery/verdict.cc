#include "returnflows/delivery/verdict.h"

#include <algorithm>
#include <cstddef>

#include "returnflows/base/check.h"
#include "returnflows/delivery/attempt_sentence.h"

namespace returnflows {
namespace {

constexpr double kJitter = 0.2;

bool is_delivered(const Attempt& attempt, SuccessRule success) {
  if (attempt.result != AttemptResult::kAnswered) return false;
  if (success == SuccessRule::kOnly200) return attempt.status == 200;
  return attempt.status >= 200 && attempt.status <= 299;
}

// Statuses of a receiver, or of what stands in front of it, that cannot keep up.
bool is_overload(const Attempt& attempt) {
  if (attempt.result == AttemptResult::kTimedOut) return true;
  return attempt.result == AttemptResult::kAnswered &&
         (attempt.status == 429 || (attempt.status >= 502 && attempt.status <= 504));
}

std::optional<std::chrono::seconds> hold_of(const Attempt& attempt, Timestamp now) {
  const bool may_ask = attempt.result == AttemptResult::kAnswered &&
                       (attempt.status == 429 || attempt.status == 503);
  if (!may_ask) return std::nullopt;
  const auto asked = parse_retry_after(attempt.retry_after, now);
  if (!asked || *asked == std::chrono::seconds::zero()) return std::nullopt;
  return asked;
}

}  // namespace

Verdict classify(const Attempt& attempt, SuccessRule success, Timestamp now) {
  Verdict verdict;
  verdict.delivered = is_delivered(attempt, success);
  verdict.disable_endpoint = attempt.result == AttemptResult::kAnswered && attempt.status == 410;
  verdict.overloaded = is_overload(attempt);
  verdict.hold_endpoint = hold_of(attempt, now);
  verdict.sentence = attempt_sentence(attempt, success);
  if (verdict.hold_endpoint) {
    verdict.sentence += " It asked for a pause of " +
                        std::to_string(verdict.hold_endpoint->count()) +
                        " seconds; nothing is sent to it until then.";
  }
  return verdict;
}

std::chrono::milliseconds with_jitter(std::chrono::seconds delay, double unit) {
  const double factor = 1.0 - kJitter + 2.0 * kJitter * unit;
  const std::chrono::duration<double, std::milli> spread = delay * factor;
  return std::chrono::round<std::chrono::milliseconds>(spread);
}

std::optional<Timestamp> next_attempt_at(const RetryQuestion& question) {
  RF_CHECK(question.attempt_number >= 1);
  const auto step = static_cast<std::size_t>(question.attempt_number - 1);
  if (step >= question.delays.size()) return std::nullopt;
  const Timestamp at = question.now + with_jitter(question.delays[step], question.unit);
  return question.hold_until ? std::max(at, *question.hold_until) : at;
}

}  // namespace returnflows
