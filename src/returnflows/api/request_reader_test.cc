#include "returnflows/api/request_reader.h"

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

using State = RequestReader::State;

constexpr std::size_t kBodyMax = 100;

constexpr std::string_view kPost =
    "POST /v1/events?x=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    "Idempotency-Key: \"k\"\r\nContent-Length: 2\r\n\r\n{}";

int refused_with(std::string_view bytes) {
  RequestReader reader;
  if (reader.head(bytes) == State::kProblem) return reader.problem().status;
  if (reader.body(bytes, kBodyMax) == State::kProblem) return reader.problem().status;
  return 0;
}

TEST(RequestReader, ReadsARequest) {
  RequestReader reader;
  ASSERT_EQ(reader.head(kPost), State::kDone);
  ASSERT_EQ(reader.body(kPost, kBodyMax), State::kDone);
  const Request request = reader.request(kPost);
  EXPECT_EQ(request.method, Method::kPost);
  EXPECT_EQ(request.path, "/v1/events");
  EXPECT_EQ(request.query, "x=1");
  EXPECT_EQ(request.header(RequestHeader::kContentType), "application/json");
  EXPECT_EQ(request.header(RequestHeader::kIdempotencyKey), "\"k\"");
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(reader.consumed(), kPost.size());
  EXPECT_TRUE(reader.keep_alive());
}

TEST(RequestReader, TakesPiecesOfAnySizeFromABufferThatMoves) {
  RequestReader reader;
  bool head_done = false;
  for (std::size_t size = 1; size <= kPost.size(); ++size) {
    const std::string moved{kPost.substr(0, size)};
    if (!head_done) head_done = reader.head(moved) == State::kDone;
    if (!head_done) continue;
    const State state = reader.body(moved, kBodyMax);
    ASSERT_NE(state, State::kProblem);
    EXPECT_EQ(state == State::kDone, size == kPost.size());
  }
  EXPECT_EQ(reader.request(kPost).header(RequestHeader::kHost), "a");
  EXPECT_EQ(reader.request(kPost).body, "{}");
}

TEST(RequestReader, TakesAnEmptyChunkedBodyInPiecesOfAnySize) {
  const std::string_view whole =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  RequestReader reader;
  bool head_done = false;
  for (std::size_t size = 1; size <= whole.size(); ++size) {
    const std::string moved{whole.substr(0, size)};
    if (!head_done) head_done = reader.head(moved) == State::kDone;
    if (!head_done) continue;
    EXPECT_EQ(reader.body(moved, kBodyMax), size == whole.size() ? State::kDone : State::kNeedMore);
  }
  EXPECT_EQ(reader.consumed(), whole.size());
}

TEST(RequestReader, RefusesWhatIsNotHttpHoweverItIsCut) {
  for (const std::string_view bytes : {"ceci n'est pas\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n"}) {
    RequestReader reader;
    State state = State::kNeedMore;
    for (std::size_t size = 1; size <= bytes.size() && state == State::kNeedMore; ++size) {
      state = reader.head(bytes.substr(0, size));
    }
    ASSERT_EQ(state, State::kProblem) << bytes;
    EXPECT_EQ(reader.problem().status, 400);
  }
}

TEST(RequestReader, LeavesTheNextRequestAlone) {
  const std::string two = std::string{kPost} + std::string{kPost};
  RequestReader reader;
  ASSERT_EQ(reader.head(two), State::kDone);
  ASSERT_EQ(reader.body(two, kBodyMax), State::kDone);
  EXPECT_EQ(reader.consumed(), kPost.size());
  EXPECT_EQ(reader.request(two).body, "{}");
}

TEST(RequestReader, JoinsChunks) {
  constexpr std::string_view kChunked =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\nGET";
  RequestReader reader;
  bool head_done = false;
  State state = State::kNeedMore;
  for (std::size_t size = 1; size <= kChunked.size() && state == State::kNeedMore; ++size) {
    const std::string moved{kChunked.substr(0, size)};
    if (!head_done) head_done = reader.head(moved) == State::kDone;
    if (head_done) state = reader.body(moved, kBodyMax);
  }
  ASSERT_EQ(state, State::kDone);
  EXPECT_EQ(reader.request(kChunked).body, "abcde");
  EXPECT_EQ(reader.consumed(), kChunked.size() - 3);
}

TEST(RequestReader, RefusesWhatIsNotHttp) {
  EXPECT_EQ(refused_with("hello\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
}

TEST(RequestReader, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                         "Content-Length: 2\r\n\r\nab"),
            400);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\n y\r\n\r\n"), 400);
}

TEST(RequestReader, RefusesWhatIsTooLarge) {
  const std::string long_header =
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(limits::kRequestHeaderBytesMax, 'x') +
      "\r\n\r\n";
  EXPECT_EQ(refused_with(long_header), 431);
  EXPECT_EQ(refused_with(long_header.substr(0, limits::kRequestHeaderBytesMax + 1)), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 0; i < limits::kRequestHeadersMax; ++i) {
    many += "X: y\r\n";
  }
  EXPECT_EQ(refused_with(many + "\r\n"), 431);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), 413);
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\nx"),
            413);
  std::string tiny_chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 101; ++i) {
    tiny_chunks += "1\r\nx\r\n";
  }
  EXPECT_EQ(refused_with(tiny_chunks), 413);
}

TEST(RequestReader, KnowsWhatIsExpected) {
  RequestReader reader;
  ASSERT_EQ(reader.head("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
                        "Content-Length: 2\r\n\r\n"),
            State::kDone);
  EXPECT_TRUE(reader.wants_continue());
  EXPECT_EQ(refused_with("POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"), 417);
}

TEST(RequestReader, KeepsOldClientsOnlyWhenTheyAsk) {
  RequestReader reader;
  ASSERT_EQ(reader.head("GET / HTTP/1.0\r\n\r\n"), State::kDone);
  EXPECT_FALSE(reader.keep_alive());
  reader.start();
  ASSERT_EQ(reader.head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), State::kDone);
  EXPECT_TRUE(reader.keep_alive());
}

TEST(RequestReader, ReadsTheAbsoluteForm) {
  constexpr std::string_view kBytes = "GET http://a:1/v1/x?y HTTP/1.1\r\nHost: a\r\n\r\n";
  RequestReader reader;
  ASSERT_EQ(reader.head(kBytes), State::kDone);
  EXPECT_EQ(reader.request(kBytes).path, "/v1/x");
  EXPECT_EQ(reader.request(kBytes).query, "y");
}

}  // namespace
}  // namespace returnflows
