// GET /v1/events/stream, as clients of server-sent events use it.
#include "returnflows/api/event_stream.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "returnflows/api/api_under_test_test.h"

namespace returnflows {
namespace {

TEST(StreamEvent, PutsEachLineOfThePayloadBehindData) {
  EventRecord event;
  event.public_id = "evt_1";
  event.type = EventType::kReturnClosed;
  event.body = "{\"a\":\r\n1,\n\"b\":2}";
  std::string out;
  append_stream_event(out, event);
  EXPECT_EQ(out, "id: evt_1\nevent: return.closed\ndata: {\"a\":\ndata: 1,\ndata: \"b\":2}\n\n");
}

class EventStreamTest : public ApiUnderTest {
 protected:
  static constexpr std::string_view kGreetingEnd = "retry: 1000\n\n";

  void open(LoopbackClient& client, std::string_view target, std::string headers = {}) {
    client.send(request("GET", target, {}, {.key = {}, .headers = std::move(headers)}));
    const std::string head = client.receive_until(kGreetingEnd);
    EXPECT_NE(head.find("content-type: text/event-stream"), std::string::npos) << head;
  }
};

TEST_F(EventStreamTest, SendsWhatIsCommittedFromNowOn) {
  publish("ret_before");
  LoopbackClient client(api_->port());
  open(client, "/v1/events/stream");
  const std::string id = publish("ret_after", "return.closed");
  const std::string got = client.receive_until("}}}\n\n");
  EXPECT_EQ(got.find("ret_before"), std::string::npos);
  EXPECT_NE(got.find("id: " + id + "\nevent: return.closed\ndata: {\"id\":\"" + id + "\""),
            std::string::npos)
      << got;
}

TEST_F(EventStreamTest, ResumesBehindTheLastEventId) {
  const std::string first = publish("ret_1");
  publish("ret_2");
  publish("ret_3");
  LoopbackClient client(api_->port());
  open(client, "/v1/events/stream", "Last-Event-ID: " + first + "\r\n");
  const std::string got = client.receive_until("\"ret_3\"}}}\n\n");
  EXPECT_EQ(got.find("\"ret_1\""), std::string::npos);
  EXPECT_NE(got.find("\"ret_2\""), std::string::npos);
}

TEST_F(EventStreamTest, SendsALongLogInOrderWithoutGaps) {
  const std::string first = publish("ret_first");
  std::string batch = "[";
  constexpr int kCount = 100;  // Several pages.
  for (int i = 0; i < kCount; ++i) {
    batch += (i == 0 ? "" : ",") + event_json("ret_" + std::to_string(i));
  }
  ASSERT_EQ(call("POST", "/v1/events/batch", batch + "]").status, 202);
  LoopbackClient client(api_->port());
  open(client, "/v1/events/stream?after=" + first);
  for (int i = 0; i < kCount; ++i) {
    const std::string got = client.receive_until("}}}\n\n");
    EXPECT_NE(got.find("\"ret_" + std::to_string(i) + "\"}}}"), std::string::npos) << got;
  }
  publish("ret_live");
  EXPECT_NE(client.receive_until("}}}\n\n").find("ret_live"), std::string::npos);
}

TEST_F(EventStreamTest, SendsOnlyTheTypeThatWasAskedFor) {
  LoopbackClient client(api_->port());
  open(client, "/v1/events/stream?type=return.closed");
  publish("ret_1", "return.created");
  publish("ret_2", "return.closed");
  EXPECT_EQ(client.receive_until("}}}\n\n").find("ret_1"), std::string::npos);
}

TEST_F(EventStreamTest, RefusesUnknownPlacesAndParameters) {
  expect_problem(call("GET", "/v1/events/stream?after=evt_x"), 400, "invalid_parameter");
  expect_problem(call("GET", "/v1/events/stream?limit=1"), 400, "invalid_parameter");
}

TEST_F(EventStreamTest, EndsCleanlyWhenTheServerStops) {
  LoopbackClient client(api_->port());
  open(client, "/v1/events/stream");
  std::thread stopper([this] { api_->stop(std::chrono::seconds{10}); });
  EXPECT_NO_THROW(client.receive_until("0\r\n\r\n"));
  EXPECT_TRUE(client.is_closed());
  stopper.join();
  EXPECT_EQ(api_->event_streams(), 0U);
}

TEST_F(EventStreamTest, EndsWhenTheKeyIsRevoked) {
  const ClientAnswer key = call("POST", "/v1/api-keys");
  LoopbackClient client(api_->port());
  client.send(request("GET",
                      "/v1/events/stream",
                      {},
                      {.key = std::string{key.json().at("key").as_string()}, .headers = {}}));
  client.receive_until(kGreetingEnd);
  EXPECT_EQ(call("DELETE", "/v1/api-keys/" + std::string{key.json().at("id").as_string()}).status,
            204);
  publish("ret_secret");
  EXPECT_EQ(client.receive_until("0\r\n\r\n").find("ret_secret"), std::string::npos);
}

}  // namespace
}  // namespace returnflows
