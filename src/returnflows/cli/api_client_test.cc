#include "returnflows/cli/api_client.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/cli/canned_server.h"
#include "returnflows/cli/event_follower.h"
#include "returnflows/cli/http_exchange.h"
#include "returnflows/cli/problem_text.h"
#include "returnflows/cli/session.h"

namespace returnflows {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

ApiClient client_of(const std::string& url, std::string ca_file = {}) {
  return ApiClient({.server = parse_client_url(url).value(),
                    .api_key = Secret{"rf_test"},
                    .merchant = "mer_1",
                    .ca_file = std::move(ca_file)});
}

// A port of 127.0.0.1 on which nothing listens any more.
std::string dead_url() {
  const CannedServer server([](const CannedRequest&) { return std::string{}; });
  return server.url();
}

TEST(ApiClient, SendsWhatTheApiAsksFor) {
  const CannedServer server(
      [](const CannedRequest&) { return canned_answer(202, R"({"id":"evt_1"})"); });
  const auto answer = client_of(server.url())
                          .call({.method = "POST",
                                 .path = api_path({"v1", "endpoints", "a/b", "test"}),
                                 .query = {{"type", "x y"}, {"empty", ""}, {"limit", "5"}},
                                 .body = R"({"type":"æ"})",
                                 .idempotency_key = "k1"});
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(*answer, R"({"id":"evt_1"})");
  ASSERT_EQ(server.requests().size(), 1U);
  const CannedRequest request = server.requests().front();
  EXPECT_EQ(request.line, "POST /v1/endpoints/a%2Fb/test?type=x%20y&limit=5 HTTP/1.1");
  EXPECT_EQ(request.body, R"({"type":"æ"})");
  EXPECT_EQ(request.header("authorization"), "Bearer rf_test");
  EXPECT_EQ(request.header("returnflows-merchant"), "mer_1");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("idempotency-key"), "k1");
  EXPECT_EQ(request.header("host"), "127.0.0.1:" + std::to_string(server.port()));
}

TEST(ApiClient, KeepsThePathOfAServerBehindAProxy) {
  const CannedServer server([](const CannedRequest&) { return canned_answer(200, "{}"); });
  ASSERT_TRUE(client_of(server.url() + "/flows/").call({.path = "/v1/events"}).has_value());
  EXPECT_EQ(server.requests().at(0).line, "GET /flows/v1/events HTTP/1.1");
}

TEST(ApiClient, ReadsChunkedAnswersAndThoseThatEndWithTheConnection) {
  const CannedServer chunked([](const CannedRequest&) {
    return std::string{
        "HTTP/1.1 200 OK\r\ntransfer-encoding: "
        "chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n"};
  });
  EXPECT_EQ(client_of(chunked.url()).call({.path = "/"}).value(), R"({"a":1})");
  const CannedServer endless(
      [](const CannedRequest&) { return "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'); });
  EXPECT_EQ(client_of(endless.url()).call({.path = "/"})->size(), 100'000U);
}

TEST(ApiClient, TurnsAProblemIntoARefusal) {
  const CannedServer server([](const CannedRequest&) {
    return canned_answer(
        404, R"({"status":404,"code":"not_found","detail":"There is no endpoint ep_1."})");
  });
  const auto answer = client_of(server.url()).call({.path = "/v1/endpoints/ep_1"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, kRefused);
  EXPECT_THAT(answer.error().detail, HasSubstr("There is no endpoint ep_1."));
  EXPECT_EQ(exit_code_of(answer.error()), 1);
}

TEST(ApiClient, SaysThatNothingAnswers) {
  const auto answer = client_of(dead_url()).call({.path = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().detail, HasSubstr("connecting to 127.0.0.1:"));
  EXPECT_EQ(exit_code_of(answer.error()), 3);
}

TEST(ApiClient, SaysThatAnAnswerIsNoHttp) {
  const CannedServer server([](const CannedRequest&) { return std::string{"SSH-2.0-x\r\n\r\n"}; });
  const auto answer = client_of(server.url()).call({.path = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().detail, HasSubstr("reading the answer of"));
  EXPECT_EQ(exit_code_of(answer.error()), 3);
}

TEST(ApiClient, RefusesAnAnswerThatIsTooLarge) {
  const CannedServer server([](const CannedRequest&) {
    return std::string{"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n"};
  });
  const auto answer = client_of(server.url()).call({.path = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kTooLarge);
}

TEST(HttpExchange, GivesUpOnASilentServer) {
  // The server reads on for a body that never comes whole.
  const CannedServer server([](const CannedRequest&) { return canned_answer(200, ""); });
  HttpRequest request{.method = "GET", .url = parse_client_url(server.url()).value()};
  request.headers.push_back({.name = "content-length", .value = "10"});
  request.timeout = std::chrono::milliseconds{50};
  const auto answer = http_exchange(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(answer.error().reason, kCannotConnect);
}

TEST(HttpExchange, TrustsACertificateOfTheGivenAuthority) {
  const CannedIdentity identity("localhost");
  const CannedServer server([](const CannedRequest&) { return canned_answer(200, "ok"); },
                            &identity);
  const auto answer =
      client_of(server.url(), identity.certificate_file()).call({.path = "/healthz"});
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(*answer, "ok");
}

TEST(HttpExchange, RefusesACertificateOfAnUnknownAuthority) {
  const CannedIdentity identity("localhost");
  const CannedServer server([](const CannedRequest&) { return canned_answer(200, "ok"); },
                            &identity);
  const auto answer = client_of(server.url()).call({.path = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().detail, HasSubstr("the TLS handshake with localhost"));
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpExchange, RefusesACertificateForAnotherName) {
  const CannedIdentity identity("elsewhere.test");
  const CannedServer server([](const CannedRequest&) { return canned_answer(200, "ok"); },
                            &identity);
  const auto answer = client_of(server.url(), identity.certificate_file()).call({.path = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().detail, HasSubstr("the TLS handshake with localhost"));
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpExchange, NamesACaFileThatCannotBeRead) {
  const CannedIdentity identity("localhost");
  const CannedServer server([](const CannedRequest&) { return canned_answer(200, "ok"); },
                            &identity);
  const auto answer = client_of(server.url(), "/nowhere/ca.pem").call({.path = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().detail, HasSubstr("/nowhere/ca.pem"));
}

HttpAnswer answer_with(int status, std::string body, std::vector<HttpHeader> headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

TEST(Problem, ShowsDetailFieldsAndHint) {
  EXPECT_EQ(describe_problem(answer_with(400, R"({"type":"about:blank","title":"Bad Request",
      "status":400,"code":"invalid_input","detail":"2 fields are wrong.","errors":[
      {"pointer":"/url","detail":"must be https"},{"pointer":"","detail":"no \"x\""}]})")),
            "the server refused (400 invalid_input): 2 fields are wrong.\n"
            "  /url: must be https\n"
            "  (whole document): no \"x\"");
  EXPECT_THAT(
      describe_problem(
          answer_with(401, R"({"status":401,"code":"unauthorized","title":"Unauthorized"})")),
      EndsWith("401 unauthorized): Unauthorized\n  hint: give a valid key with --api-key or "
               "RETURNFLOWS_API_KEY"));
}

TEST(Problem, SaysWhenToTryAgain) {
  EXPECT_THAT(describe_problem(
                  answer_with(429, "{\"status\":429}", {{.name = "Retry-After", .value = "7"}})),
              HasSubstr("try again in 7 s"));
}

TEST(Problem, ShowsABodyThatIsNoProblemDocumentSafely) {
  const std::string text = describe_problem(answer_with(502, "<html>\x1b[2JBad\nGateway</html>"));
  EXPECT_EQ(text, "the server refused (502): <html> [2JBad Gateway</html>");
}

std::string stream_answer(std::string_view events) {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + std::string{events};
}

// Connection after connection of a stream that keeps breaking.
class Follower : public testing::Test {
 protected:
  std::string answer_number(std::size_t number) {
    if (number < answers_.size()) return answers_[number];
    return canned_answer(503, R"({"status":503,"detail":"stopping"})");
  }

  Status follow(FollowRequest request) {
    const auto session = Session::make(GlobalOptions{.url = server_.url()});
    EventFollower follower(*session, std::move(request), [this](std::chrono::milliseconds pause) {
      pauses_.push_back(pause.count());
    });
    return follower.follow(
        {.on_ready = [this] { ++ready_count_; },
         .on_event = [this](const StreamEvent& event) { ids_.push_back(event.id); }});
  }

  std::vector<std::string> answers_;
  std::vector<std::string> ids_;
  std::vector<std::int64_t> pauses_;
  int ready_count_ = 0;
  std::size_t served_ = 0;
  CannedServer server_{[this](const CannedRequest&) { return answer_number(served_++); }};
};

TEST_F(Follower, ConnectsAgainBehindTheLastEventItSaw) {
  answers_ = {stream_answer("id: evt_1\nevent: a\ndata: 1\n\nid: evt_2\nevent: a\ndata: 2\n\n"),
              stream_answer(""),
              stream_answer("retry: 9000\n\nid: evt_3\nevent: a\ndata: 3\n\n"),
              stream_answer("id: evt_4\nevent: a\ndata: 4\n\n")};
  const Status status = follow({.after = "evt_0", .count_max = 4});
  ASSERT_TRUE(status.has_value()) << status.error().detail;
  EXPECT_THAT(ids_, ElementsAre("evt_1", "evt_2", "evt_3", "evt_4"));
  EXPECT_THAT(pauses_, ElementsAre(1000, 2000, 9000));
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[0].line, "GET /v1/events/stream?after=evt_0 HTTP/1.1");
  EXPECT_EQ(requests[0].header("accept"), "text/event-stream");
  EXPECT_EQ(requests[0].header("last-event-id"), "");
  EXPECT_EQ(requests[1].header("last-event-id"), "evt_2");
  EXPECT_EQ(requests[3].header("last-event-id"), "evt_3");
}

TEST_F(Follower, ShowsOnlyTheTypesThatAreWanted) {
  answers_ = {
      stream_answer("id: 1\nevent: a\ndata: x\n\nid: 2\nevent: b\ndata: x\n\n"
                    "id: 3\nevent: c\ndata: x\n\n")};
  ASSERT_TRUE(follow({.types = {"b", "c"}, .count_max = 2}).has_value());
  EXPECT_THAT(ids_, ElementsAre("2", "3"));
}

TEST_F(Follower, StopsWhenTheServerRefuses) {
  const Status status = follow({});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().reason, kRefused);
  EXPECT_THAT(status.error().detail, HasSubstr("stopping"));
  EXPECT_EQ(ready_count_, 0);
}

TEST_F(Follower, TriesAgainWhileTheServerRestartsButNotWithoutAKey) {
  answers_ = {stream_answer(""),
              canned_answer(503, R"({"status":503})"),
              canned_answer(401, R"({"status":401})")};
  const Status status = follow({});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(pauses_.size(), 2U);
  EXPECT_EQ(ready_count_, 1);
}

TEST_F(Follower, KeepsTheTypeFilterWhenItConnectsAgain) {
  answers_ = {stream_answer("id: evt_1\nevent: a\ndata: 1\n\n"),
              stream_answer("id: evt_2\nevent: a\ndata: 2\n\n")};
  ASSERT_TRUE(follow({.types = {"a"}, .after = "evt_0", .count_max = 2}).has_value());
  EXPECT_EQ(server_.requests().at(1).line, "GET /v1/events/stream?type=a HTTP/1.1");
}

}  // namespace
}  // namespace returnflows
