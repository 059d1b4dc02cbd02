#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace returnflows {

// What the process counts about itself, in Prometheus' text form at /metrics. All names begin with
// `returnflows_`. Labels are few and bounded: never a URL, an id of an event, or free text.
// Thread: any; the counting calls cost some tens of nanoseconds.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // events_accepted_total, events_duplicate_total, events_rejected_total{reason}
  void events_accepted(std::uint64_t count);
  void events_duplicate(std::uint64_t count);
  void event_rejected(std::string_view reason);

  // delivery_attempts_total{result}, delivery_attempt_duration_seconds. `result` is "delivered",
  // "http_3xx", "http_4xx", "http_5xx", "http_2xx" (refused by the success rule) or the name of an
  // AttemptResult.
  void attempt_finished(std::string_view result, std::chrono::microseconds duration);
  // deliveries_settled_total{outcome}: delivered, exhausted, canceled.
  void delivery_settled(std::string_view outcome);
  // delivery_end_to_end_seconds: event accepted → delivered.
  void delivered_after(std::chrono::milliseconds delay);
  // payouts_total{outcome}: succeeded, refused, unknown, failed_after_close.
  void payout_settled(std::string_view outcome);

  // http_requests_total{route,method,code}, http_request_duration_seconds{route}. `route` is the
  // pattern ("/v1/events/{id}"), "unmatched" for 404s.
  void request_finished(std::string_view route,
                        std::string_view method,
                        int code,
                        std::chrono::microseconds duration);

  // A gauge that is read when it is asked for: queue_depth, in_flight, database_bytes… `read` may
  // be called from any thread until the Metrics die. The prefix is put before `name` if it is not
  // there yet. Each name is watched once.
  void watch_gauge(std::string name, std::string help_text, std::function<double()> read);
  // The same for a number that only grows.
  void watch_counter(std::string name, std::string help_text, std::function<double()> read);

  // The exposition format 0.0.4, with process metrics (resident memory, CPU, open files).
  std::string render() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace returnflows
