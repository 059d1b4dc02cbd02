// Endpoints over HTTP: their life, their secrets, and tests sent to them.
#include <string>

#include <gtest/gtest.h>

#include "returnflows/api/api_under_test_test.h"

namespace returnflows {
namespace {

class EndpointRoutesTest : public ApiUnderTest {
 protected:
  std::string path_of_new(std::string_view body = R"({"url":"https://hooks.example.com/in"})") {
    const ClientAnswer answer = call("POST", "/v1/endpoints", body);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return "/v1/endpoints/" + std::string{answer.json().at("id").as_string()};
  }
};

TEST_F(EndpointRoutesTest, CreateShowsTheSecretAndGetDoesNot) {
  const ClientAnswer created =
      call("POST",
           "/v1/endpoints",
           R"({"url":"https://hooks.example.com/in","secret":"correct horse battery"})");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(created.json().at("secret"), "correct horse battery");
  EXPECT_EQ(created.header("cache-control"), "no-store");
  const std::string path = "/v1/endpoints/" + std::string{created.json().at("id").as_string()};
  const ClientAnswer shown = call("GET", path);
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.header("etag"), "\"v1\"");
  EXPECT_EQ(shown.body.find("correct horse"), std::string::npos);
  EXPECT_EQ(call("GET", "/v1/endpoints").body.find("correct horse"), std::string::npos);
  EXPECT_EQ(call("GET", path + "/secret").json().at("secret"), "correct horse battery");
}

TEST_F(EndpointRoutesTest, SecretIsMadeWhenNoneIsGiven) {
  const ClientAnswer created =
      call("POST", "/v1/endpoints", R"({"url":"https://hooks.example.com/in"})");
  const std::string secret{created.json().at("secret").as_string()};
  EXPECT_TRUE(secret.starts_with("whsec_"));
  EXPECT_EQ(created.json().at("library_secret").as_string(), secret);
}

TEST_F(EndpointRoutesTest, WrongFieldsAreNamed) {
  const ClientAnswer answer = call("POST", "/v1/endpoints", R"({"url":"ftp://x","retries":3})");
  expect_problem(answer, 400, "invalid_input");
  EXPECT_EQ(answer.json().at("errors").as_array().size(), 2U);
  expect_problem(call("POST", "/v1/endpoints", "[]"), 400, "invalid_input");
  expect_problem(call("POST", "/v1/endpoints", "{"), 400, "invalid_input");
}

TEST_F(EndpointRoutesTest, PatchNamesAnUnknownFieldAndWhatThereIs) {
  const ClientAnswer answer = call("PATCH", path_of_new(), R"({"urls":"https://x.example.com/"})");
  expect_problem(answer, 400, "invalid_input");
  EXPECT_EQ(answer.json().at_pointer("/errors/0/pointer"), "/urls");
  const auto errors = answer.json().at("errors").as_array();
  const std::string detail{errors.at(0).at("detail").as_string()};
  EXPECT_NE(detail.find("there are: url, event_types"), std::string::npos) << detail;
  EXPECT_EQ(detail.find("secret"), std::string::npos) << detail;
}

TEST_F(EndpointRoutesTest, PatchOfReadOnlyFieldsSaysHowTheyChange) {
  const ClientAnswer answer = call("PATCH", path_of_new(), R"({"status":"paused","secret":"x"})");
  expect_problem(answer, 400, "invalid_input");
  EXPECT_NE(answer.body.find("POST …/pause"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("POST …/secret/rotate"), std::string::npos) << answer.body;
}

TEST_F(EndpointRoutesTest, PauseAndResumeWriteNothingWhenNothingChanges) {
  const std::string path = path_of_new();
  const ClientAnswer fresh = call("GET", path);
  const ClientAnswer resumed = call("POST", path + "/resume");
  EXPECT_EQ(resumed.status, 200);
  EXPECT_EQ(resumed.body, fresh.body);
  const ClientAnswer paused = call("POST", path + "/pause");
  EXPECT_EQ(paused.json().at("version"), 2);
  const std::uint64_t commits = store_->statistics().commits;
  const ClientAnswer again = call("POST", path + "/pause");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, paused.body);
  EXPECT_EQ(again.header("etag"), "\"v2\"");
  EXPECT_EQ(store_->statistics().commits, commits);
}

TEST_F(EndpointRoutesTest, CreatingTwiceWithOneKeyMakesOne) {
  const CallOptions key{.key = {}, .headers = "Idempotency-Key: make-it\r\n"};
  const std::string body = R"({"url":"https://hooks.example.com/in"})";
  const ClientAnswer first = call("POST", "/v1/endpoints", body, key);
  ASSERT_EQ(first.status, 201) << first.body;
  const ClientAnswer again = call("POST", "/v1/endpoints", body, key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(call("GET", "/v1/endpoints").json().at("data").as_array().size(), 1U);
  expect_problem(call("POST", "/v1/endpoints", R"({"url":"https://hooks.example.com/other"})", key),
                 422,
                 "idempotency_mismatch");
}

TEST_F(EndpointRoutesTest, PatchIsAMergePatch) {
  const std::string path = path_of_new(
      R"({"url":"https://hooks.example.com/in","description":"ERP","event_types":["return.closed"]})");
  const ClientAnswer patched =
      call("PATCH",
           path,
           R"({"description":null,"success":"any_2xx"})",
           {.key = {}, .headers = "Content-Type: application/merge-patch+json\r\n"});
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(patched.json().at("description"), "");
  EXPECT_EQ(patched.json().at("success"), "any_2xx");
  EXPECT_EQ(patched.json().at_pointer("/event_types/0"), "return.closed");
  EXPECT_EQ(patched.json().at("version"), 2);
  EXPECT_EQ(call("GET", path).json().at("success"), "any_2xx");
}

TEST_F(EndpointRoutesTest, IfMatchGuardsAgainstLostUpdates) {
  const std::string path = path_of_new();
  const CallOptions at_first{.key = {}, .headers = "If-Match: \"v1\"\r\n"};
  EXPECT_EQ(call("PATCH", path, R"({"description":"a"})", at_first).status, 200);
  expect_problem(
      call("PATCH", path, R"({"description":"b"})", at_first), 412, "precondition_failed");
  EXPECT_EQ(call("GET", path).json().at("description"), "a");
}

TEST_F(EndpointRoutesTest, PausesAndResumes) {
  const std::string path = path_of_new();
  EXPECT_EQ(call("POST", path + "/pause").json().at("status"), "paused");
  EXPECT_EQ(call("POST", path + "/pause", "{}").json().at("status"), "paused");
  EXPECT_EQ(call("POST", path + "/resume").json().at("status"), "active");
}

TEST_F(EndpointRoutesTest, RotatingKeepsTheOldSecretForAWhile) {
  const std::string path = path_of_new();
  const ClientAnswer rotated = call(
      "POST", path + "/secret/rotate", R"({"secret":"another long secret","overlap_seconds":60})");
  ASSERT_EQ(rotated.status, 200) << rotated.body;
  EXPECT_EQ(rotated.json().at("secret"), "another long secret");
  EXPECT_TRUE(rotated.json().at("previous_secret_expires_at").is_string());
  EXPECT_EQ(call("GET", path + "/secret").json().at("secret"), "another long secret");
  clock_.advance_to(clock_.now() + std::chrono::seconds{61});
  EXPECT_TRUE(call("GET", path).json().at("previous_secret_expires_at").is_null());
  const ClientAnswer made = call("POST", path + "/secret/rotate");
  EXPECT_TRUE(std::string{made.json().at("secret").as_string()}.starts_with("whsec_"));
  expect_problem(
      call("POST", path + "/secret/rotate", R"({"overlap_seconds":-1})"), 400, "invalid_input");
  expect_problem(
      call("POST", path + "/secret/rotate", R"({"secret":"short"})"), 400, "invalid_input");
}

TEST_F(EndpointRoutesTest, DeletedIsGone) {
  const std::string path = path_of_new();
  const ClientAnswer deleted = call("DELETE", path);
  EXPECT_EQ(deleted.status, 204);
  EXPECT_TRUE(deleted.body.empty());
  expect_problem(call("GET", path), 404, "not_found");
  expect_problem(call("DELETE", path), 404, "not_found");
  EXPECT_TRUE(call("GET", "/v1/endpoints").json().at("data").as_array().empty());
}

TEST_F(EndpointRoutesTest, ListsPageByPage) {
  const std::string first = create_endpoint("https://hooks.example.com/1");
  const std::string second = create_endpoint("https://hooks.example.com/2");
  const auto page = call("GET", "/v1/endpoints?limit=1").json();
  EXPECT_EQ(page.at_pointer("/data/0/id").as_string(), second);
  const auto rest =
      call("GET", "/v1/endpoints?limit=1&cursor=" + std::string{page.at("next_cursor").as_string()})
          .json();
  EXPECT_EQ(rest.at_pointer("/data/0/id").as_string(), first);
  EXPECT_TRUE(rest.at("next_cursor").is_null());
  EXPECT_EQ(call("GET", "/v1/endpoints?order=asc").json().at_pointer("/data/0/id").as_string(),
            first);
}

TEST_F(EndpointRoutesTest, TestGoesToThisEndpointOnlyAndIsMarked) {
  create_endpoint("https://hooks.example.com/other");
  const std::string path =
      path_of_new(R"({"url":"https://hooks.example.com/in","event_types":["return.closed"]})");
  const ClientAnswer sent = call("POST", path + "/test", R"({"type":"return.created"})");
  ASSERT_EQ(sent.status, 202) << sent.body;
  const std::string event_id{sent.json().at("event_id").as_string()};
  EXPECT_EQ(call("GET", "/v1/events/" + event_id).json().at("environment"), "test");
  const auto deliveries = call("GET", "/v1/deliveries?event_id=" + event_id).json();
  ASSERT_EQ(deliveries.at("data").as_array().size(), 1U);
  EXPECT_EQ(deliveries.at_pointer("/data/0/id"), sent.json().at("delivery_id"));
  expect_problem(call("POST", path + "/test", R"({"type":"return.create"})"), 400, "invalid_input");
  expect_problem(call("POST", path + "/test", "{}"), 400, "invalid_input");
}

TEST_F(EndpointRoutesTest, OneTestDoesNotHoldBackTheNext) {
  const std::string path = path_of_new();
  for (int i = 0; i < 2; ++i) {
    const ClientAnswer sent = call("POST", path + "/test", R"({"type":"return.created"})");
    const std::string id{sent.json().at("delivery_id").as_string()};
    EXPECT_EQ(call("GET", "/v1/deliveries/" + id).json().at("held"), false);
  }
}

}  // namespace
}  // namespace returnflows
