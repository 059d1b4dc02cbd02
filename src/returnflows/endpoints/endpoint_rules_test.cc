#include "returnflows/endpoints/endpoint_rules.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returnflows {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr Timestamp kNow{1'770'000'000'000ms};

Endpoint good_endpoint() {
  Endpoint endpoint;
  endpoint.url = "https://example.com/hook";
  endpoint.secret = {.bytes = "first"};
  return endpoint;
}

// The pointers of the fields that check_endpoint() complains about, in its order.
std::vector<std::string> wrong_fields(const Endpoint& endpoint) {
  const auto checked = check_endpoint(endpoint, EgressPolicy{});
  std::vector<std::string> pointers;
  if (checked) return pointers;
  EXPECT_EQ(checked.error().code, ErrorCode::kInvalidInput);
  EXPECT_FALSE(checked.error().detail.empty());
  for (const auto& field : checked.error().fields) {
    EXPECT_FALSE(field.detail.empty());
    pointers.push_back(field.pointer);
  }
  return pointers;
}

TEST(EndpointRules, TakeTheDefaults) {
  EXPECT_THAT(wrong_fields(good_endpoint()), ElementsAre());
}

TEST(EndpointRules, TakeTheBoundsThemselves) {
  Endpoint endpoint = good_endpoint();
  endpoint.description = std::string(limits::kDescriptionBytesMax, 'd');
  endpoint.retry_delays = std::vector<std::chrono::seconds>(limits::kRetryStepsMax, 1s);
  endpoint.retry_delays.back() = std::chrono::days{7};
  endpoint.attempt_timeout = limits::kAttemptTimeoutMax;
  EXPECT_THAT(wrong_fields(endpoint), ElementsAre());
  endpoint.attempt_timeout = limits::kAttemptTimeoutMin;
  endpoint.retry_delays = {};
  EXPECT_THAT(wrong_fields(endpoint), ElementsAre());
}

TEST(EndpointRules, ReportEveryWrongFieldAtOnce) {
  Endpoint endpoint = good_endpoint();
  endpoint.url = "ftp://example.com/";
  endpoint.description = std::string(limits::kDescriptionBytesMax + 1, 'd');
  endpoint.all_event_types = false;
  endpoint.retry_delays = {5s, 0s, -1s, std::chrono::days{7} + 1s};
  endpoint.attempt_timeout = limits::kAttemptTimeoutMax + 1ms;
  EXPECT_THAT(wrong_fields(endpoint),
              ElementsAre("/url",
                          "/description",
                          "/event_types",
                          "/retry_delays/1",
                          "/retry_delays/2",
                          "/retry_delays/3",
                          "/attempt_timeout_ms"));
}

TEST(EndpointRules, RefuseTooManyDelays) {
  Endpoint endpoint = good_endpoint();
  endpoint.retry_delays = std::vector<std::chrono::seconds>(limits::kRetryStepsMax + 1, 1s);
  EXPECT_THAT(wrong_fields(endpoint), ElementsAre("/retry_delays"));
}

TEST(EndpointRules, RefuseTooShortATimeout) {
  Endpoint endpoint = good_endpoint();
  endpoint.attempt_timeout = limits::kAttemptTimeoutMin - 1ms;
  EXPECT_THAT(wrong_fields(endpoint), ElementsAre("/attempt_timeout_ms"));
}

TEST(EndpointRules, SayTheFixOfTheUrlWhenItAloneIsWrong) {
  Endpoint endpoint = good_endpoint();
  endpoint.url = "http://example.com/hook";
  const auto checked = check_endpoint(endpoint, EgressPolicy{});
  ASSERT_FALSE(checked.has_value());
  EXPECT_TRUE(checked.error().detail.contains("https://")) << checked.error().detail;
}

TEST(RotateSecret, KeepsTheOldSecretForTheOverlap) {
  const Endpoint rotated = rotate_secret(good_endpoint(), {.bytes = "second"}, kNow, 1h);
  EXPECT_EQ(rotated.secret.bytes, "second");
  EXPECT_EQ(rotated.previous_secret.bytes, "first");
  EXPECT_TRUE(signs_with_previous_secret(rotated, kNow));
  EXPECT_TRUE(signs_with_previous_secret(rotated, kNow + 1h - 1ms));
  EXPECT_FALSE(signs_with_previous_secret(rotated, kNow + 1h));
}

TEST(RotateSecret, MakesTheNextVersion) {
  const Endpoint before = good_endpoint();
  const Endpoint rotated = rotate_secret(before, {.bytes = "second"}, kNow, 1h);
  EXPECT_EQ(rotated.version, before.version + 1);
  EXPECT_EQ(rotated.updated_at, kNow);
}

TEST(RotateSecret, WithoutOverlapEndsTheOldSecretAtOnce) {
  Endpoint endpoint = rotate_secret(good_endpoint(), {.bytes = "second"}, kNow, 1h);
  endpoint = rotate_secret(endpoint, {.bytes = "third"}, kNow, 0s);
  EXPECT_EQ(endpoint.secret.bytes, "third");
  EXPECT_TRUE(endpoint.previous_secret.empty());
  EXPECT_FALSE(signs_with_previous_secret(endpoint, kNow));
}

TEST(RotateSecret, CutsARotationThatIsStillUnderWayShort) {
  Endpoint endpoint = rotate_secret(good_endpoint(), {.bytes = "second"}, kNow, 1h);
  endpoint = rotate_secret(endpoint, {.bytes = "third"}, kNow + 1s, 1h);
  EXPECT_EQ(endpoint.previous_secret.bytes, "second");
}

TEST(RotateSecret, NeverSignsWithAPreviousSecretThatThereIsNot) {
  EXPECT_FALSE(signs_with_previous_secret(good_endpoint(), Timestamp{}));
}

}  // namespace
}  // namespace returnflows
