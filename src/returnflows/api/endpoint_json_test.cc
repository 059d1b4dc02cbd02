#include "returnflows/api/endpoint_json.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace returnflows {
namespace {

const IdCodec kIds{HashKey{1, 2}};
constexpr Timestamp kNow{std::chrono::milliseconds{1'770'000'000'000}};

boost::json::object object(std::string_view text) {
  return boost::json::parse({text.data(), text.size()}).as_object();
}

Endpoint base() {
  Endpoint endpoint;
  endpoint.id = EndpointId{7};
  endpoint.url = "https://hooks.example.com/in";
  endpoint.api_version = "2026-02-01";
  endpoint.created_at = endpoint.updated_at = kNow;
  return endpoint;
}

Result<EndpointInput> created(std::string_view body) {
  return read_new_endpoint(object(body), base(), EgressPolicy{});
}

Result<Endpoint> patched(std::string_view patch) {
  return patch_endpoint(object(patch), base(), EgressPolicy{});
}

std::string first_pointer(const Error& error) {
  return error.fields.empty() ? "none" : error.fields.front().pointer;
}

TEST(NewEndpoint, TakesAllFields) {
  const auto input = created(R"({"url":"https://a.example.com/x?y=1","secret":"correct horse",
      "event_types":["return.closed","shipment.delivered"],"description":"ERP",
      "success":"any_2xx","ordering":"none","retry_delays":[5,60],"attempt_timeout_ms":2000})");
  ASSERT_TRUE(input) << input.error().detail;
  EXPECT_EQ(input->endpoint.url, "https://a.example.com/x?y=1");
  EXPECT_EQ(input->secret->reveal(), "correct horse");
  EXPECT_FALSE(input->endpoint.all_event_types);
  EXPECT_EQ(input->endpoint.event_types.count(), 2U);
  EXPECT_TRUE(input->endpoint.event_types.test(index_of(EventType::kShipmentDelivered)));
  EXPECT_EQ(input->endpoint.success, SuccessRule::kAny2xx);
  EXPECT_EQ(input->endpoint.ordering, Ordering::kNone);
  EXPECT_EQ(input->endpoint.retry_delays.size(), 2U);
  EXPECT_EQ(input->endpoint.attempt_timeout, std::chrono::milliseconds{2000});
}

TEST(NewEndpoint, RefusesTheStarBesideOtherNames) {
  for (const auto& [list, pointer] : {std::pair{R"(["return.closed","*"])", "/event_types/1"},
                                      std::pair{R"(["*","return.closed"])", "/event_types/0"}}) {
    const auto input =
        created(std::string{R"({"url":"https://a.example.com/","event_types":)"} + list + "}");
    ASSERT_FALSE(input) << list;
    ASSERT_EQ(input.error().fields.size(), 1U) << list;
    EXPECT_EQ(first_pointer(input.error()), pointer);
    EXPECT_NE(input.error().detail.find("stands alone"), std::string::npos);
  }
  const auto unknown = created(R"({"url":"https://a.example.com/","event_types":["x","*"]})");
  ASSERT_FALSE(unknown);
  ASSERT_EQ(unknown.error().fields.size(), 2U);
  EXPECT_EQ(unknown.error().fields[0].pointer, "/event_types/0");
  EXPECT_EQ(unknown.error().fields[1].pointer, "/event_types/1");
}

TEST(NewEndpoint, CountsANameThatIsGivenTwiceOnce) {
  const auto input = created(
      R"({"url":"https://a.example.com/","event_types":["return.closed","return.closed"]})");
  ASSERT_TRUE(input) << input.error().detail;
  EXPECT_EQ(input->endpoint.event_types.count(), 1U);
  const auto all = created(R"({"url":"https://a.example.com/","event_types":["*","*"]})");
  ASSERT_TRUE(all) << all.error().detail;
  EXPECT_TRUE(all->endpoint.all_event_types);
}

TEST(NewEndpoint, NamesEveryWrongField) {
  const auto input = created(R"({"url":5,"event_types":["retrun.closed"],"success":"201",
      "retry_delays":[0,"x"],"attempt_timeout_ms":5,"secret":"short","urls":1})");
  ASSERT_FALSE(input);
  std::vector<std::string> pointers;
  for (const FieldError& field : input.error().fields) {
    pointers.push_back(field.pointer);
  }
  for (const char* const pointer : {"/urls",
                                    "/url",
                                    "/event_types/0",
                                    "/success",
                                    "/retry_delays/0",
                                    "/retry_delays/1",
                                    "/attempt_timeout_ms",
                                    "/secret"}) {
    EXPECT_EQ(std::ranges::count(pointers, pointer), 1) << pointer;
  }
}

TEST(NewEndpoint, NeverSaysTheSecretBack) {
  const auto input = created(R"({"url":"https://a.example.com/","secret":"tiny"})");
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().detail.find("tiny"), std::string::npos);
}

TEST(NewEndpoint, NeedsAUrlThatThePolicyAllows) {
  EXPECT_EQ(first_pointer(created("{}").error()), "/url");
  EXPECT_EQ(first_pointer(created(R"({"url":"http://127.0.0.1:9/x"})").error()), "/url");
}

TEST(PatchEndpoint, KeepsWhatIsAbsentAndResetsWhatIsNull) {
  Endpoint before = base();
  before.description = "kept";
  before.success = SuccessRule::kAny2xx;
  before.retry_delays = {std::chrono::seconds{1}};
  const auto after = patch_endpoint(
      object(R"({"success":null,"retry_delays":null,"event_types":["*"]})"), before, {});
  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_EQ(after->description, "kept");
  EXPECT_EQ(after->success, SuccessRule::kOnly200);
  EXPECT_EQ(after->retry_delays, default_retry_delays());
  EXPECT_TRUE(after->all_event_types);
}

TEST(PatchEndpoint, RefusesTyposSecretsAndAMissingUrl) {
  EXPECT_EQ(first_pointer(patched(R"({"descripton":"x"})").error()), "/descripton");
  EXPECT_EQ(first_pointer(patched(R"({"secret":"another one"})").error()), "/secret");
  EXPECT_EQ(first_pointer(patched(R"({"url":null})").error()), "/url");
  EXPECT_EQ(first_pointer(patched(R"({"status":"paused"})").error()), "/status");
  EXPECT_EQ(first_pointer(patched(R"({"event_types":[]})").error()), "/event_types");
}

TEST(EndpointJson, ShowsNoSecretUnlessGiven) {
  Endpoint endpoint = base();
  endpoint.secret.bytes = "sealed bytes";
  std::string out;
  JsonWriter json(out);
  append_endpoint(json, endpoint, kIds, kNow);
  const auto shown = object(out);
  EXPECT_FALSE(shown.contains("secret"));
  EXPECT_EQ(out.find("sealed"), std::string::npos);
  EXPECT_EQ(shown.at("status"), "active");
  EXPECT_EQ(shown.at("event_types").as_array().size(), 1U);
  EXPECT_EQ(shown.at("event_types").at(0), "*");
  EXPECT_EQ(shown.at("success"), "200");
  EXPECT_EQ(shown.at("retry_delays").at(0), 5);
  EXPECT_TRUE(shown.at("previous_secret_expires_at").is_null());
}

TEST(EndpointJson, ShowsAGivenSecretInBothForms) {
  const Secret secret("correct horse");
  std::string out;
  JsonWriter json(out);
  append_endpoint(json, base(), kIds, kNow, &secret);
  EXPECT_EQ(object(out).at("secret"), "correct horse");
  EXPECT_EQ(object(out).at("library_secret"), "whsec_Y29ycmVjdCBob3JzZQ==");
}

TEST(EndpointJson, ShowsUntilWhenTheOldSecretSigns) {
  Endpoint endpoint = base();
  endpoint.previous_secret.bytes = "sealed";
  endpoint.previous_secret_until = kNow + std::chrono::hours{1};
  std::string during;
  JsonWriter json(during);
  append_endpoint(json, endpoint, kIds, kNow);
  EXPECT_TRUE(object(during).at("previous_secret_expires_at").is_string());
  std::string after;
  JsonWriter later(after);
  append_endpoint(later, endpoint, kIds, kNow + std::chrono::hours{2});
  EXPECT_TRUE(object(after).at("previous_secret_expires_at").is_null());
}

}  // namespace
}  // namespace returnflows
