// The server as HTTP: connections, errors of every kind, keys, merchants and operations.
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "returnflows/api/api_under_test_test.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

class ApiServerTest : public ApiUnderTest {};

TEST_F(ApiServerTest, AnswersWithoutAKeyWhatIsPublic) {
  const CallOptions nobody{.key = "none", .headers = {}};
  EXPECT_EQ(call("GET", "/healthz", {}, nobody).json().at("status"), "ok");
  EXPECT_EQ(call("GET", "/readyz", {}, nobody).status, 200);
  EXPECT_EQ(call("GET", "/version", {}, nobody).json().at("version"), "1.2.3");
  EXPECT_EQ(call("GET", "/openapi.json", {}, nobody).status, 200);
  const ClientAnswer metrics = call("GET", "/metrics", {}, nobody);
  EXPECT_TRUE(metrics.header("content-type").starts_with("text/plain"));
  EXPECT_NE(metrics.body.find("returnflows_http_requests_total"), std::string::npos);
  EXPECT_NE(metrics.body.find("route=\"/healthz\""), std::string::npos);
}

TEST_F(ApiServerTest, IsNotReadyWhenItStops) {
  ready_ = false;
  const ClientAnswer answer = call("GET", "/readyz");
  expect_problem(answer, 503, "unavailable");
  EXPECT_FALSE(answer.header("retry-after").empty());
}

TEST_F(ApiServerTest, UnknownPathIs404) {
  expect_problem(call("GET", "/v1/nothing"), 404, "not_found");
  expect_problem(call("GET", "/v1/events/evt_nothing"), 404, "not_found");
  expect_problem(call("GET", "/v1/deliveries/dlv_nothing"), 404, "not_found");
}

TEST_F(ApiServerTest, WrongMethodIs405AndNamesTheRightOnes) {
  const ClientAnswer answer = call("DELETE", "/v1/events");
  expect_problem(answer, 405, "method_not_allowed");
  EXPECT_EQ(answer.header("allow"), "POST, GET, HEAD");
}

TEST_F(ApiServerTest, MissingOrWrongKeyIs401) {
  const ClientAnswer answer = call("GET", "/v1/events", {}, {.key = "none", .headers = {}});
  expect_problem(answer, 401, "unauthorized");
  EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
  expect_problem(
      call("GET", "/v1/events", {}, {.key = "rf_no", .headers = {}}), 401, "unauthorized");
}

TEST_F(ApiServerTest, MerchantKeyOnAPlatformRouteIs403) {
  expect_problem(
      call("GET", "/v1/merchants", {}, {.key = merchant_key(), .headers = {}}), 403, "forbidden");
}

TEST_F(ApiServerTest, WrongContentTypeIs415) {
  const auto with = [](std::string type) {
    return CallOptions{.key = {}, .headers = "Content-Type: " + type + "\r\n"};
  };
  const std::string event = event_json("ret_1");
  expect_problem(
      call("POST", "/v1/events", event, with("text/plain")), 415, "unsupported_media_type");
  expect_problem(call("POST", "/v1/events", event, with("application/x-ndjson")),
                 415,
                 "unsupported_media_type");
  EXPECT_EQ(call("POST", "/v1/events", event, with("Application/JSON; charset=utf-8")).status, 202);
  EXPECT_EQ(call("POST", "/v1/events/batch", event, with("application/x-ndjson")).status, 202);
}

TEST_F(ApiServerTest, TooLargeABodyIs413AndTheAnswerArrives) {
  const std::string body(limits::kEventBytesMax + 1, ' ');
  expect_problem(call("POST", "/v1/events", body), 413, "too_large");
  expect_problem(call("POST", "/v1/endpoints", std::string(limits::kRequestBytesMax + 1, ' ')),
                 413,
                 "too_large");
}

TEST_F(ApiServerTest, TooLargeAHeaderIs431) {
  const CallOptions huge{
      .key = {}, .headers = "X-Y: " + std::string(limits::kRequestHeaderBytesMax, 'y') + "\r\n"};
  expect_problem(call("GET", "/v1/events", {}, huge), 431, "header_too_large");
}

TEST_F(ApiServerTest, WhatIsNotHttpIs400AndTheConnectionEnds) {
  LoopbackClient client(api_->port());
  client.send("ceci n'est pas du HTTP\r\n\r\n");
  const ClientAnswer answer = client.receive();
  expect_problem(answer, 400, "malformed_request");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ApiServerTest, KeepsTheConnectionAndAnswersAPipelineInOrder) {
  LoopbackClient client(api_->port());
  client.send(request("GET", "/version", {}) + request("POST", "/v1/events", event_json("ret_p")) +
              request("GET", "/v1/nothing", {}) + request("GET", "/healthz", {}));
  EXPECT_EQ(client.receive().json().at("version"), "1.2.3");
  EXPECT_EQ(client.receive().status, 202);
  expect_problem(client.receive(), 404, "not_found");
  EXPECT_EQ(client.receive().json().at("status"), "ok");
}

TEST_F(ApiServerTest, TakesARequestByteByByte) {
  LoopbackClient client(api_->port());
  for (const char byte : request("POST", "/v1/events", event_json("ret_slow"))) {
    client.send(std::string_view{&byte, 1});
  }
  EXPECT_EQ(client.receive().status, 202);
}

TEST_F(ApiServerTest, TakesABodyInChunks) {
  const std::string event = event_json("ret_chunked");
  LoopbackClient client(api_->port());
  client.send(
      request("POST", "/v1/events", {}, {.key = {}, .headers = "Transfer-Encoding: chunked\r\n"}));
  client.send("5\r\n" + event.substr(0, 5) + "\r\n");
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", event.size() - 5);
  client.send(size + event.substr(5) + "\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 202);
  client.send(request("GET", "/healthz", {}));
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(ApiServerTest, SaysContinueBeforeTheBodyOnlyToWhoMaySend) {
  const std::string event = event_json("ret_expect");
  const std::string lines =
      "Expect: 100-continue\r\nContent-Length: " + std::to_string(event.size()) + "\r\n";
  LoopbackClient client(api_->port());
  client.send(request("POST", "/v1/events", {}, {.key = {}, .headers = lines}));
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(event);
  EXPECT_EQ(client.receive().status, 202);
  LoopbackClient stranger(api_->port());
  stranger.send(request("POST", "/v1/events", {}, {.key = "none", .headers = lines}));
  expect_problem(stranger.receive(), 401, "unauthorized");
  EXPECT_TRUE(stranger.is_closed());
}

TEST_F(ApiServerTest, HeadHasTheLengthAndNoBody) {
  LoopbackClient client(api_->port());
  client.send(request("HEAD", "/healthz", {}) + request("GET", "/healthz", {}));
  const ClientAnswer head = client.receive(true);
  const ClientAnswer get = client.receive();
  EXPECT_EQ(head.header("content-length"), get.header("content-length"));
  EXPECT_EQ(get.status, 200);
}

TEST_F(ApiServerTest, ClosesAfterHttp10AndWhenAsked) {
  LoopbackClient old(api_->port());
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().header("connection"), "close");
  EXPECT_TRUE(old.is_closed());
  LoopbackClient polite(api_->port());
  polite.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(polite.receive().status, 200);
  EXPECT_TRUE(polite.is_closed());
}

TEST_F(ApiServerTest, EchoesTheRequestId) {
  EXPECT_EQ(call("GET", "/healthz", {}, {.key = {}, .headers = "X-Request-Id: a-1\r\n"})
                .header("x-request-id"),
            "a-1");
  EXPECT_EQ(call("GET", "/healthz", {}, {.key = {}, .headers = "X-Request-Id: <a>\r\n"})
                .header("x-request-id"),
            "");
}

TEST_F(ApiServerTest, FullJournalIs429AndWritesNothing) {
  const std::string key = merchant_key();
  transitions_->close_gate();
  LoopbackClient waiting(api_->port());
  waiting.send(request("POST", "/v1/events", event_json("ret_waiting")));
  transitions_->wait_for_held_commit();
  std::atomic<std::size_t> answered{0};
  for (std::size_t i = 0; i < limits::kJournalQueueMax; ++i) {
    journal_->submit(ForgetIdempotencyKeys{},
                     shards_.at(0),
                     [&answered](Result<ForgetIdempotencyKeys::Outcome>) { ++answered; });
  }
  const ClientAnswer refused = call("POST", "/v1/events", event_json("ret_refused"));
  expect_problem(refused, 429, "overloaded");
  EXPECT_EQ(refused.header("retry-after"), "1");
  transitions_->open_gate();
  EXPECT_EQ(waiting.receive().status, 202);
  EXPECT_TRUE(call("GET", "/v1/events?return_id=ret_refused").json().at("data").as_array().empty());
  journal_->stop();
  std::promise<void> last;  // `answered` must outlive the answers, which come before this letter.
  shards_.at(0).post([&last] { last.set_value(); });
  last.get_future().get();
  EXPECT_EQ(answered, limits::kJournalQueueMax);
}

TEST_F(ApiServerTest, StoppedJournalIs503) {
  journal_->stop();
  expect_problem(call("POST", "/v1/events", event_json("ret_1")), 503, "cancelled");
}

TEST_F(ApiServerTest, StopLetsTheRequestAtHandFinish) {
  transitions_->close_gate();
  LoopbackClient idle(api_->port());
  idle.send(request("GET", "/healthz", {}));
  EXPECT_EQ(idle.receive().status, 200);
  LoopbackClient waiting(api_->port());
  waiting.send(request("POST", "/v1/events", event_json("ret_last")));
  transitions_->wait_for_held_commit();
  std::thread stopper([this] { api_->stop(std::chrono::seconds{10}); });
  EXPECT_TRUE(idle.is_closed());
  transitions_->open_gate();
  const ClientAnswer answer = waiting.receive();
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("connection"), "close");
  stopper.join();
  EXPECT_EQ(api_->connections(), 0U);
}

TEST_F(ApiServerTest, TakenPortIsAnErrorWithTheFix) {
  ApiServer second(ApiParts{.shards = shards_,
                            .journal = *journal_,
                            .store = *store_,
                            .secret_box = secret_box_,
                            .clock = clock_,
                            .random = random_,
                            .storage_pool = storage_pool_,
                            .metrics = metrics_,
                            .control = *this});
  const auto taken = second.listen("127.0.0.1", api_->port());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.listen("not an address", 0).error().code, ErrorCode::kInvalidInput);
}

TEST_F(ApiServerTest, KeysAreShownOnceListedAndRevoked) {
  const ClientAnswer created = call("POST", "/v1/api-keys", R"({"description":"ERP"})");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(created.header("cache-control"), "no-store");
  const std::string key{created.json().at("key").as_string()};
  const std::string id{created.json().at("id").as_string()};
  EXPECT_EQ(created.json().at("platform"), false);
  EXPECT_EQ(call("GET", "/v1/events", {}, {.key = key, .headers = {}}).status, 200);
  const ClientAnswer listed = call("GET", "/v1/api-keys");
  EXPECT_EQ(listed.body.find(key), std::string::npos);
  EXPECT_EQ(listed.json().at_pointer("/data/0/description"), "ERP");
  EXPECT_EQ(call("DELETE", "/v1/api-keys/" + id).status, 204);
  expect_problem(call("GET", "/v1/events", {}, {.key = key, .headers = {}}), 401, "unauthorized");
}

TEST_F(ApiServerTest, ARevokedKeyEndsOnItsOpenConnectionToo) {
  const ClientAnswer created = call("POST", "/v1/api-keys");
  const CallOptions options{.key = std::string{created.json().at("key").as_string()},
                            .headers = {}};
  LoopbackClient client(api_->port());
  client.send(request("GET", "/v1/events", {}, options));
  EXPECT_EQ(client.receive().status, 200);
  call("DELETE", "/v1/api-keys/" + std::string{created.json().at("id").as_string()});
  client.send(request("GET", "/v1/events", {}, options));
  EXPECT_EQ(client.receive().status, 401);
}

TEST_F(ApiServerTest, WhatIsNotThereIsNamedWithItsKind) {
  struct Case {
    std::string_view method;
    std::string target;
    std::string_view sentence;
  };

  const std::string long_id(1000, 'x');
  const Case cases[] = {
      {"GET", "/v1/endpoints/ep_gone", "There is no endpoint ep_gone."},
      {"PATCH", "/v1/endpoints/ep_gone", "There is no endpoint ep_gone."},
      {"DELETE", "/v1/endpoints/ep_gone", "There is no endpoint ep_gone."},
      {"POST", "/v1/endpoints/ep_gone/pause", "There is no endpoint ep_gone."},
      {"GET", "/v1/endpoints/ep_gone/secret", "There is no endpoint ep_gone."},
      {"GET", "/v1/deliveries/dlv_gone", "There is no delivery dlv_gone."},
      {"POST", "/v1/deliveries/dlv_gone/retry", "There is no delivery dlv_gone."},
      {"POST", "/v1/deliveries/dlv_gone/cancel", "There is no delivery dlv_gone."},
      {"GET", "/v1/events/evt_gone", "There is no event evt_gone."},
      {"GET", "/v1/merchants/mer_gone", "There is no merchant mer_gone."},
      {"DELETE", "/v1/api-keys/key_gone", "There is no API key key_gone."},
  };
  for (const Case& one : cases) {
    const ClientAnswer answer = call(one.method, one.target, one.method == "PATCH" ? "{}" : "");
    expect_problem(answer, 404, "not_found");
    EXPECT_EQ(answer.json().at("detail").as_string(), one.sentence) << one.target;
  }
  const ClientAnswer cut = call("GET", "/v1/endpoints/" + long_id);
  expect_problem(cut, 404, "not_found");
  EXPECT_LT(cut.body.size(), 600U);
}

TEST_F(ApiServerTest, TheLastPlatformKeyIsNotRevoked) {
  const std::string own{call("GET", "/v1/api-keys").json().at_pointer("/data/0/id").as_string()};
  merchant_key();  // Another key, but not one that could make platform keys.
  const ClientAnswer refused = call("DELETE", "/v1/api-keys/" + own);
  expect_problem(refused, 409, "conflict");
  EXPECT_NE(refused.body.find("Create another platform key first"), std::string::npos);
  const auto created = call("POST", "/v1/api-keys", R"({"platform":true})").json();
  EXPECT_EQ(call("DELETE", "/v1/api-keys/" + own).status, 204);
  const CallOptions with_new{.key = std::string{created.at("key").as_string()}, .headers = {}};
  const std::string path = "/v1/api-keys/" + std::string{created.at("id").as_string()};
  expect_problem(call("DELETE", path, {}, with_new), 409, "conflict");
  EXPECT_EQ(call("DELETE", "/v1/api-keys/" + own, {}, with_new).status, 204);
}

// Both transitions are in one group, so that both routes have found the two keys usable.
TEST_F(ApiServerTest, OfTwoRacingRevokesOfTheLastPlatformKeysOneWins) {
  const std::string first{call("GET", "/v1/api-keys").json().at_pointer("/data/0/id").as_string()};
  const std::string second{
      call("POST", "/v1/api-keys", R"({"platform":true})").json().at("id").as_string()};
  transitions_->close_gate();
  LoopbackClient blocker(api_->port());
  blocker.send(request("POST", "/v1/merchants", R"({"name":"Third Shop"})"));
  transitions_->wait_for_held_commit();
  LoopbackClient one(api_->port());
  LoopbackClient other(api_->port());
  one.send(request("DELETE", "/v1/api-keys/" + first, {}));
  other.send(request("DELETE", "/v1/api-keys/" + second, {}));
  // Both are let in by the key that one of them revokes, before either is decided.
  const Monotonic give_up = monotonic_now() + std::chrono::seconds{10};
  while (journal_->statistics().queued < 2 && monotonic_now() < give_up) {
    std::this_thread::yield();
  }
  transitions_->open_gate();
  EXPECT_EQ(blocker.receive().status, 201);
  EXPECT_EQ(one.receive().status + other.receive().status, 204 + 409);
}

TEST_F(ApiServerTest, OnlyPlatformKeysMakePlatformKeys) {
  const CallOptions shop{.key = merchant_key(), .headers = {}};
  expect_problem(call("POST", "/v1/api-keys", R"({"platform":true})", shop), 403, "forbidden");
  EXPECT_EQ(call("POST", "/v1/api-keys", R"({"platform":true})").json().at("platform"), true);
  // A merchant sees and revokes its own keys only.
  for (const auto& key : call("GET", "/v1/api-keys", {}, shop).json().at("data").as_array()) {
    EXPECT_EQ(key.at("platform"), false);
  }
}

TEST_F(ApiServerTest, MerchantsAreApart) {
  const std::string of_default = publish("ret_default");
  const ClientAnswer created = call("POST", "/v1/merchants", R"({"name":"Second Shop"})");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(created.json().at("slug"), "second-shop");
  expect_problem(call("GET", "/v1/events"), 400, "merchant_required");
  const CallOptions second{.key = {}, .headers = "Returnflows-Merchant: second-shop\r\n"};
  EXPECT_TRUE(call("GET", "/v1/events", {}, second).json().at("data").as_array().empty());
  expect_problem(call("GET", "/v1/events/" + of_default, {}, second), 404, "not_found");
  const std::string id{created.json().at("id").as_string()};
  EXPECT_EQ(call("GET", "/v1/merchants/" + id).json().at("name"), "Second Shop");
  EXPECT_EQ(call("GET", "/v1/merchants?limit=1").json().at_pointer("/data/0/id"),
            boost::json::value(id));
  expect_problem(
      call("POST", "/v1/merchants", R"({"name":"X","slug":"second-shop"})"), 409, "conflict");
}

TEST_F(ApiServerTest, TestClockMovesOnlyWithTheFlag) {
  const ClientAnswer refused = call("POST", "/v1/test-clock", R"({"advance_seconds":60})");
  expect_problem(refused, 404, "not_found");
  EXPECT_NE(refused.body.find("--test-clock"), std::string::npos);
  test_clock_ = true;
  const Timestamp before = clock_.now();
  EXPECT_EQ(call("POST", "/v1/test-clock", R"({"advance_seconds":3600})").status, 200);
  EXPECT_GE(clock_.now() - before, std::chrono::hours{1});
  EXPECT_EQ(call("GET", "/v1/test-clock").status, 200);
  expect_problem(call("POST", "/v1/test-clock", R"({"advance_seconds":-1})"), 400, "invalid_input");
  expect_problem(call("POST", "/v1/test-clock", "{}"), 400, "invalid_input");
}

TEST_F(ApiServerTest, EventTypesComeWithSchemaAndExample) {
  EXPECT_EQ(call("GET", "/v1/event-types").json().at("data").as_array().size(), 16U);
  const ClientAnswer one = call("GET", "/v1/event-types/return.closed");
  EXPECT_EQ(one.json().at_pointer("/example/type"), "return.closed");
  EXPECT_TRUE(one.json().at("schema").is_object());
  const ClientAnswer typo = call("GET", "/v1/event-types/return.close");
  expect_problem(typo, 404, "not_found");
  EXPECT_NE(typo.body.find("return.closed"), std::string::npos);
}

}  // namespace
}  // namespace returnflows
