#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/clock.h"

namespace returnflows {

// How one HTTP request ended, as the sender saw it. Numbers are stored.
enum class AttemptResult : std::uint8_t {
  kAnswered = 0,        // A whole answer came; `status` tells which.
  kDnsFailed = 1,       // The host name could not be resolved.
  kBlockedAddress = 2,  // The host resolves to an address that the egress policy refuses.
  kConnectRefused = 3,
  kConnectFailed = 4,  // No route, unreachable, reset while connecting.
  kTlsFailed = 5,      // Handshake or certificate.
  kTimedOut = 6,       // Connecting, or the whole attempt, took too long.
  kReset = 7,          // The connection broke before the answer was whole.
  kBadAnswer = 8,      // What came back is not HTTP/1.1.
  kAnswerTooLarge = 9,
  kBadUrl = 10,  // The stored URL cannot be sent to under today's policy.
};

// snake_case name, as in the API's `error` field and in metric labels: "dns_failed".
// kAnswered has the name "answered".
std::string_view attempt_result_name(AttemptResult result);

// Where the time of an attempt went. Absent parts did not happen (a reused connection has neither
// DNS nor connect nor TLS time).
struct AttemptTimings {
  std::optional<std::chrono::microseconds> dns;
  std::optional<std::chrono::microseconds> connect;
  std::optional<std::chrono::microseconds> tls;
  std::optional<std::chrono::microseconds> first_byte;
  std::chrono::microseconds total{0};
};

// What one HTTP request of a delivery did: a value that the dispatcher makes, the rules judge and
// the store keeps.
struct Attempt {
  int number = 1;  // From 1.
  Timestamp started_at{};
  AttemptResult result = AttemptResult::kAnswered;
  int status = 0;  // 0 without an answer.
  AttemptTimings timings;
  std::string remote_address;  // "203.0.113.7:443"; empty when nothing was connected.
  // The answer as received, cut to limits::kAnswerBodyBytesKept: untrusted bytes.
  std::string answer_headers;  // Raw lines, CRLF between them.
  std::string answer_body;
  bool answer_body_cut = false;  // More of the body came than is kept.
  std::string retry_after;       // The header's value when there was one.
  std::string error_detail;      // For people, when there is no answer: "connection refused".
};

}  // namespace returnflows
