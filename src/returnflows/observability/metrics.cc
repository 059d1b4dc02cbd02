#include "returnflows/observability/metrics.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "returnflows/base/guarded.h"
#include "returnflows/observability/process_metrics.h"
#include "returnflows/observability/series_table.h"

namespace returnflows {
namespace {

constexpr std::string_view kPrefix = "returnflows_";

// Upper bounds in seconds. One HTTP request: from a receiver on the same rack to the longest
// timeout that an endpoint may have.
const prometheus::Histogram::BucketBoundaries kRequestBuckets{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30};
// The API's own answers: an accepted event waits for one commit.
const prometheus::Histogram::BucketBoundaries kAnswerBuckets{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
// Accepted to delivered: from at once to the end of the three days of the default schedule.
const prometheus::Histogram::BucketBoundaries kEndToEndBuckets{0.001,
                                                               0.0025,
                                                               0.005,
                                                               0.01,
                                                               0.025,
                                                               0.05,
                                                               0.1,
                                                               0.5,
                                                               1,
                                                               5,
                                                               30,
                                                               120,
                                                               600,
                                                               3600,
                                                               14400,
                                                               86400,
                                                               259200};

// Series that exist from the start with the value 0, so that a rate or an alert over them works
// before the first of them happens.
constexpr std::array<std::string_view, 15> kKnownAttemptResults{"delivered",
                                                                "http_2xx",
                                                                "http_3xx",
                                                                "http_4xx",
                                                                "http_5xx",
                                                                "dns_failed",
                                                                "blocked_address",
                                                                "connect_refused",
                                                                "connect_failed",
                                                                "tls_failed",
                                                                "timed_out",
                                                                "reset",
                                                                "bad_answer",
                                                                "answer_too_large",
                                                                "bad_url"};
constexpr std::array<std::string_view, 3> kKnownOutcomes{"delivered", "exhausted", "canceled"};
constexpr std::array<std::string_view, 4> kKnownPayoutOutcomes{
    "succeeded", "refused", "unknown", "failed_after_close"};

double seconds_of(std::chrono::duration<double> duration) {
  return duration.count();
}

// A number that its owner keeps, read when somebody asks.
struct Watched {
  std::string name;
  std::string help;
  prometheus::MetricType type = prometheus::MetricType::Gauge;
  std::function<double()> read;
};

prometheus::MetricFamily family_of(const Watched& watched) {
  prometheus::ClientMetric metric;
  const double value = watched.read();
  metric.gauge.value = value;
  metric.counter.value = value;
  return {.name = watched.name,
          .help = watched.help,
          .type = watched.type,
          .metric = {std::move(metric)}};
}

std::string full_name(std::string_view name) {
  return name.starts_with(kPrefix) ? std::string{name} : std::string{kPrefix}.append(name);
}

}  // namespace

struct Metrics::Families {
  using Counters = prometheus::Family<prometheus::Counter>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  prometheus::Registry registry;

  Counters& counters(std::string_view name, const char* help) {
    return prometheus::BuildCounter().Name(full_name(name)).Help(help).Register(registry);
  }

  Histograms& histograms(std::string_view name, const char* help) {
    return prometheus::BuildHistogram().Name(full_name(name)).Help(help).Register(registry);
  }

  prometheus::Counter& accepted =
      counters("events_accepted_total", "Events accepted and on disk.").Add({});
  prometheus::Counter& duplicates =
      counters("events_duplicate_total",
               "Events sent again by their producer and not stored twice.")
          .Add({});
  SeriesTable<prometheus::Counter, 1> rejected{
      {"reason"},
      [&family = counters("events_rejected_total", "Events refused, by reason.")](
          const auto& labels) -> prometheus::Counter& { return family.Add(labels); }};
  SeriesTable<prometheus::Counter, 1> attempts{
      {"result"},
      [&family = counters("delivery_attempts_total", "Requests sent to endpoints, by result.")](
          const auto& labels) -> prometheus::Counter& { return family.Add(labels); }};
  prometheus::Histogram& attempt_duration =
      histograms("delivery_attempt_duration_seconds", "Duration of requests sent to endpoints.")
          .Add({}, kRequestBuckets);
  SeriesTable<prometheus::Counter, 1> settled{
      {"outcome"},
      [&family = counters("deliveries_settled_total", "Deliveries that came to an end.")](
          const auto& labels) -> prometheus::Counter& { return family.Add(labels); }};
  prometheus::Histogram& end_to_end =
      histograms("delivery_end_to_end_seconds", "Time from accepting an event to its delivery.")
          .Add({}, kEndToEndBuckets);
  SeriesTable<prometheus::Counter, 1> payouts{
      {"outcome"},
      [&family = counters("payouts_total", "Payouts that a provider was asked for, by outcome.")](
          const auto& labels) -> prometheus::Counter& { return family.Add(labels); }};
  SeriesTable<prometheus::Counter, 3> requests{
      {"route", "method", "code"},
      [&family = counters("http_requests_total", "Requests answered by the API.")](
          const auto& labels) -> prometheus::Counter& { return family.Add(labels); }};
  SeriesTable<prometheus::Histogram, 1> request_duration{
      {"route"},
      [&family = histograms("http_request_duration_seconds", "Time the API took to answer.")](
          const auto& labels) -> prometheus::Histogram& {
        return family.Add(labels, kAnswerBuckets);
      }};
  Guarded<std::vector<Watched>> watched;
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  for (const std::string_view result : kKnownAttemptResults) {
    families_->attempts.at({result});
  }
  for (const std::string_view outcome : kKnownOutcomes) {
    families_->settled.at({outcome});
  }
  for (const std::string_view outcome : kKnownPayoutOutcomes) {
    families_->payouts.at({outcome});
  }
  prometheus::BuildGauge()
      .Name(full_name("build_info"))
      .Help("Always 1; the version stands in the label.")
      .Register(families_->registry)
      .Add({{"version", RF_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::events_accepted(std::uint64_t count) {
  families_->accepted.Increment(static_cast<double>(count));
}

void Metrics::events_duplicate(std::uint64_t count) {
  families_->duplicates.Increment(static_cast<double>(count));
}

void Metrics::event_rejected(std::string_view reason) {
  families_->rejected.at({reason}).Increment();
}

void Metrics::attempt_finished(std::string_view result, std::chrono::microseconds duration) {
  families_->attempts.at({result}).Increment();
  families_->attempt_duration.Observe(seconds_of(duration));
}

void Metrics::delivery_settled(std::string_view outcome) {
  families_->settled.at({outcome}).Increment();
}

void Metrics::delivered_after(std::chrono::milliseconds delay) {
  families_->end_to_end.Observe(seconds_of(delay));
}

void Metrics::payout_settled(std::string_view outcome) {
  families_->payouts.at({outcome}).Increment();
}

void Metrics::request_finished(std::string_view route,
                               std::string_view method,
                               int code,
                               std::chrono::microseconds duration) {
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code).ptr;
  const std::string_view code_text{digits.data(), static_cast<std::size_t>(end - digits.data())};
  families_->requests.at({route, method, code_text}).Increment();
  families_->request_duration.at({route}).Observe(seconds_of(duration));
}

void Metrics::watch_gauge(std::string name, std::string help_text, std::function<double()> read) {
  families_->watched.with([&](std::vector<Watched>& all) {
    all.push_back({.name = full_name(name),
                   .help = std::move(help_text),
                   .type = prometheus::MetricType::Gauge,
                   .read = std::move(read)});
  });
}

void Metrics::watch_counter(std::string name, std::string help_text, std::function<double()> read) {
  families_->watched.with([&](std::vector<Watched>& all) {
    all.push_back({.name = full_name(name),
                   .help = std::move(help_text),
                   .type = prometheus::MetricType::Counter,
                   .read = std::move(read)});
  });
}

std::string Metrics::render() const {
  std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
  // Copied, so that no `read` runs under the lock.
  const auto watched = families_->watched.with([](const std::vector<Watched>& now) { return now; });
  for (const Watched& one : watched) {
    all.push_back(family_of(one));
  }
  append_process_metrics(all);
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace returnflows
