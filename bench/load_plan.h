#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/event_mark.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"

namespace returnflows::bench {

// What one run of the load generator sends.
struct LoadOptions {
  std::string host;
  std::uint16_t port = 0;
  std::string path;  // "/v1/events"
  std::string api_key;
  std::string event;                   // JSON on one line, with kBlankMark once.
  std::size_t events_per_request = 1;  // More than one: NDJSON, for /v1/events/batch.
  std::size_t connections = 64;
  // Events a second on a fixed timetable, whatever the answers do; nullopt: as fast as they come.
  std::optional<double> rate;
  // Values of Returnflows-Merchant, one request each in turn; empty sends no such header.
  std::vector<std::string> merchants;
  std::uint64_t first_number = 0;
  std::optional<std::uint64_t> events;     // The run ends with these,
  std::chrono::duration<double> time{10};  // or after this.
};

// The bytes of one request, made once; only the marks in it (and the merchant) change.
//
// Thread: one at a time.
class RequestTemplate {
 public:
  // Errors: kInvalidInput when the event has no kBlankMark.
  static Result<RequestTemplate> make(const LoadOptions& options);

  // The request for events `first` and on, all to be sent at `at`. Valid until the next call.
  std::string_view fill(std::uint64_t first, Monotonic at);

 private:
  std::string bytes_;
  std::vector<std::size_t> marks_;  // Where they begin.
  std::size_t merchant_at_ = 0;
  const std::vector<std::string>* merchants_ = nullptr;
};

// When which event is to be sent.
class Timetable {
 public:
  Timetable(const LoadOptions& options, Monotonic start);

  // The time of the next request; nullopt when all have been sent. At a fixed rate that time may
  // lie in the past: then the request is late, and its latency counts from when it was due, so
  // that a stalled server cannot hide what it did to the events that should have come meanwhile.
  std::optional<Monotonic> next_at(Monotonic now) const;

  // Takes the next request. Returns the number of its first event.
  std::uint64_t take();

  std::uint64_t requests() const { return requests_; }

 private:
  Monotonic start_;
  Monotonic end_;
  std::uint64_t first_number_;
  std::uint64_t events_per_request_;
  std::optional<std::uint64_t> requests_max_;
  std::optional<std::chrono::duration<double, std::nano>> interval_;
  std::uint64_t requests_ = 0;
};

}  // namespace returnflows::bench
