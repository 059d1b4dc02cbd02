#include "returnflows/delivery/failing_streak.h"

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"

namespace returnflows {

FailingStreak::FailingStreak(EndpointId endpoint, std::optional<Timestamp> remembered)
    : endpoint_(endpoint), since_(remembered), remembered_(remembered.has_value()) {}

std::optional<FailingMark> FailingStreak::record(bool delivered, Timestamp at) {
  const bool was_remembered = remembered_;
  if (delivered) {
    reset();
  } else {
    if (!since_) since_ = at;
    if (at - *since_ >= limits::kFailingBeforeRemembered) remembered_ = true;
  }
  if (remembered_ == was_remembered) return std::nullopt;
  return FailingMark{.endpoint = endpoint_, .since = since_};
}

void FailingStreak::reset() {
  since_.reset();
  remembered_ = false;
}

bool FailingStreak::lasts_too_long(Timestamp now) const {
  return since_ && now - *since_ >= limits::kFailingBeforeDisabled;
}

std::string FailingStreak::reason() const {
  RF_CHECK(since_.has_value());
  return "no attempt has succeeded since " + format_rfc3339(*since_) +
         ", for 5 days or more; mend the receiver, then resume the endpoint";
}

}  // namespace returnflows
