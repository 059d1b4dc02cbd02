#pragma once

#include <optional>
#include <string>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"

namespace returnflows {

// What a store has to remember about an endpoint from now on.
struct FailingMark {
  EndpointId endpoint;
  std::optional<Timestamp> since;  // The first failure since the last success; not set: forget it.
};

// Since when an endpoint has failed without one success. Pure: time comes in with each call.
//
// The store remembers a streak only once it has lasted for limits::kFailingBeforeRemembered, and
// forgets it at its end: an endpoint that fails now and then costs no write at all, one that is
// down costs two. A restart loses at most that much of a streak.
//
// Thread: one at a time. Source: design §7.
class FailingStreak {
 public:
  // `remembered`: what the store knows, at the start of the process.
  FailingStreak(EndpointId endpoint, std::optional<Timestamp> remembered);

  // Takes in an attempt that ended at `at`. Returns what the store has to write together with that
  // attempt; nullopt when there is nothing new.
  std::optional<FailingMark> record(bool delivered, Timestamp at);

  // A person has resumed the endpoint or changed its URL: the store forgets with that change.
  void reset();

  // True when the endpoint is to be disabled: it has failed for limits::kFailingBeforeDisabled.
  bool lasts_too_long(Timestamp now) const;

  // The sentence for people about that; only when lasts_too_long().
  std::string reason() const;

 private:
  EndpointId endpoint_;
  std::optional<Timestamp> since_;
  bool remembered_;
};

}  // namespace returnflows
