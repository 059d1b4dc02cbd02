#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "returnflows/base/clock.h"
#include "returnflows/delivery/attempt.h"
#include "returnflows/endpoints/endpoint.h"

namespace returnflows {

// What an attempt means for its delivery and for its endpoint. A value, made by classify().
struct Verdict {
  bool delivered = false;
  // 410 Gone: the endpoint is to be disabled.
  bool disable_endpoint = false;
  // 429, 502, 503, 504 and timeouts: the endpoint is to be slowed down.
  bool overloaded = false;
  // Retry-After on 429/503, bounded to limits::kRetryAfterMax: holds the whole endpoint.
  std::optional<std::chrono::seconds> hold_endpoint = {};
  // One plain sentence for people, with the fix where there is one: "the endpoint answered 204; it
  // accepts only 200, set success to any_2xx to accept it".
  std::string sentence = {};
};

// Judges one attempt by the endpoint's success rule. `now` is for Retry-After dates. Pure.
// Source: design §7.
Verdict classify(const Attempt& attempt, SuccessRule success, Timestamp now);

// When to try again after attempt number `attempt_number` failed: the schedule's delay with jitter
// of ±20 % (`unit` in [0, 1) chooses where), never before `hold_until`. nullopt: exhausted.
// Pure. Source: design §7.
//
// Input: attempt_number from 1, counted since the schedule was last started.
struct RetryQuestion {
  std::span<const std::chrono::seconds> delays = {};
  int attempt_number = 1;
  Timestamp now{};
  std::optional<Timestamp> hold_until = {};
  double unit = 0.5;
};

std::optional<Timestamp> next_attempt_at(const RetryQuestion& question);

// `delay` spread by ±20 %, so that what failed together does not come back together. `unit` in
// [0, 1) chooses where.
std::chrono::milliseconds with_jitter(std::chrono::seconds delay, double unit);

// The Retry-After field value (RFC 9110 §10.2.3): seconds or an HTTP-date, bounded to
// [0, limits::kRetryAfterMax]. nullopt when it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, Timestamp now);

}  // namespace returnflows
