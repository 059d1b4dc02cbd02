#include "returnflows/observability/metrics.h"

#include <chrono>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;

// The samples of an exposition by their series, after checking that every line is either a comment
// or a sample of the text format 0.0.4 and that no series appears twice.
std::map<std::string, double> parse(const std::string& text) {
  static const std::regex kComment(R"(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*)");
  static const std::regex kSample(
      R"(([a-zA-Z_:][a-zA-Z0-9_:]*)"
      R"((?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})?) ([^ ]+))");
  std::map<std::string, double> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, kComment)) continue;
    EXPECT_TRUE(std::regex_match(line, match, kSample)) << line;
    if (match.empty()) continue;
    EXPECT_TRUE(samples.emplace(match[1], std::stod(match[2])).second) << "twice: " << line;
  }
  return samples;
}

TEST(Metrics, CountsEvents) {
  Metrics metrics;
  metrics.events_accepted(3);
  metrics.events_accepted(2);
  metrics.events_duplicate(1);
  metrics.event_rejected("invalid_input");
  const auto samples = parse(metrics.render());
  EXPECT_THAT(samples, Contains(Pair("returnflows_events_accepted_total", 5)));
  EXPECT_THAT(samples, Contains(Pair("returnflows_events_duplicate_total", 1)));
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_events_rejected_total{reason="invalid_input"})", 1)));
}

TEST(Metrics, CountsAttemptsByResultAndMeasuresThem) {
  Metrics metrics;
  metrics.attempt_finished("delivered", microseconds{3'000});
  metrics.attempt_finished("http_5xx", microseconds{2'000'000});
  const auto samples = parse(metrics.render());
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_delivery_attempts_total{result="delivered"})", 1)));
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_delivery_attempts_total{result="http_5xx"})", 1)));
  EXPECT_THAT(
      samples,
      Contains(Pair(R"(returnflows_delivery_attempt_duration_seconds_bucket{le="0.005"})", 1)));
  EXPECT_THAT(
      samples,
      Contains(Pair(R"(returnflows_delivery_attempt_duration_seconds_bucket{le="+Inf"})", 2)));
  EXPECT_NEAR(samples.at("returnflows_delivery_attempt_duration_seconds_sum"), 2.003, 1e-9);
}

TEST(Metrics, StartKnownSeriesAtZero) {
  const Metrics metrics;
  const auto samples = parse(metrics.render());
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_delivery_attempts_total{result="timed_out"})", 0)));
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_deliveries_settled_total{outcome="exhausted"})", 0)));
}

TEST(Metrics, CountPayoutsByOutcome) {
  Metrics metrics;
  metrics.payout_settled("refused");
  const auto samples = parse(metrics.render());
  EXPECT_THAT(samples, Contains(Pair(R"(returnflows_payouts_total{outcome="refused"})", 1)));
  EXPECT_THAT(samples, Contains(Pair(R"(returnflows_payouts_total{outcome="unknown"})", 0)));
}

TEST(Metrics, MeasureTheWayFromAcceptedToDelivered) {
  Metrics metrics;
  metrics.delivery_settled("delivered");
  metrics.delivered_after(milliseconds{4});
  const auto samples = parse(metrics.render());
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_deliveries_settled_total{outcome="delivered"})", 1)));
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_delivery_end_to_end_seconds_bucket{le="0.005"})", 1)));
  EXPECT_THAT(samples,
              Contains(Pair(R"(returnflows_delivery_end_to_end_seconds_bucket{le="0.0025"})", 0)));
}

TEST(Metrics, CountRequestsByRouteMethodAndCode) {
  Metrics metrics;
  metrics.request_finished("/v1/events", "POST", 202, microseconds{700});
  metrics.request_finished("/v1/events", "POST", 202, microseconds{700});
  metrics.request_finished("/v1/events", "GET", 401, microseconds{100});
  const auto samples = parse(metrics.render());
  EXPECT_THAT(
      samples,
      Contains(Pair(
          R"(returnflows_http_requests_total{code="202",method="POST",route="/v1/events"})", 2)));
  EXPECT_THAT(
      samples,
      Contains(Pair(
          R"(returnflows_http_requests_total{code="401",method="GET",route="/v1/events"})", 1)));
  EXPECT_THAT(
      samples,
      Contains(Pair(R"(returnflows_http_request_duration_seconds_count{route="/v1/events"})", 3)));
}

TEST(Metrics, ReadWatchedNumbersWhenTheyAreAskedFor) {
  Metrics metrics;
  double depth = 1;
  metrics.watch_gauge("queue_depth", "Deliveries in memory.", [&] { return depth; });
  metrics.watch_counter("returnflows_commits_total", "Commits.", [] { return 7.0; });
  depth = 42;
  const std::string text = metrics.render();
  const auto samples = parse(text);
  EXPECT_THAT(samples, Contains(Pair("returnflows_queue_depth", 42)));
  EXPECT_THAT(samples, Contains(Pair("returnflows_commits_total", 7)));
  EXPECT_NE(text.find("# TYPE returnflows_queue_depth gauge"), std::string::npos);
  EXPECT_NE(text.find("# TYPE returnflows_commits_total counter"), std::string::npos);
}

TEST(Metrics, TellAboutTheProcess) {
  const Metrics metrics;
  const auto samples = parse(metrics.render());
  EXPECT_GT(samples.at("process_resident_memory_bytes"), 1024.0 * 1024);
  EXPECT_GE(samples.at("process_open_fds"), 3);
  EXPECT_GT(samples.at("process_max_fds"), samples.at("process_open_fds"));
  EXPECT_GE(samples.at("process_threads"), 1);
  // Not long ago, that is, and no small number of seconds since the machine started.
  EXPECT_GT(samples.at("process_start_time_seconds"), 1.76e9);
  EXPECT_THAT(
      samples,
      Contains(Pair(std::string{"returnflows_build_info{version=\""} + RF_VERSION + "\"}", 1)));
}

TEST(Metrics, EscapeLabelValues) {
  Metrics metrics;
  metrics.event_rejected("a\"b\\c\nd");
  EXPECT_THAT(parse(metrics.render()),
              Contains(Pair(R"(returnflows_events_rejected_total{reason="a\"b\\c\nd"})", 1)));
}

TEST(Metrics, KeepTheNumberOfSeriesBounded) {
  Metrics metrics;
  for (std::size_t i = 0; i < limits::kMetricSeriesMax + 10; ++i) {
    metrics.event_rejected("reason_" + std::to_string(i));
  }
  const auto samples = parse(metrics.render());
  EXPECT_THAT(samples, Contains(Pair(R"(returnflows_events_rejected_total{reason="other"})", 10)));
  EXPECT_THAT(samples,
              Not(Contains(Key("returnflows_events_rejected_total{reason=\"reason_" +
                               std::to_string(limits::kMetricSeriesMax) + "\"}"))));
}

TEST(Metrics, LoseNoCountAmongThreads) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int worker = 0; worker < 4; ++worker) {
      threads.emplace_back([&metrics] {
        for (int i = 0; i < 1000; ++i) {
          metrics.request_finished("/v1/events", "POST", 200 + i % 50, microseconds{1});
        }
      });
    }
  }
  double total = 0;
  for (const auto& [series, value] : parse(metrics.render())) {
    if (series.starts_with("returnflows_http_requests_total")) total += value;
  }
  EXPECT_EQ(total, 4000);
}

}  // namespace
}  // namespace returnflows
