#include "returnflows/dispatch/answer_parser.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

using State = AnswerParser::State;

// Feeds `bytes` in pieces of `piece` bytes until something is decided.
State feed_in_pieces(AnswerParser& parser, std::string_view bytes, std::size_t piece) {
  State state = State::kNeedMore;
  while (state == State::kNeedMore && !bytes.empty()) {
    state = parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return state;
}

TEST(AnswerParser, ReadsAnAnswerThatComesAtOnce) {
  AnswerParser parser;
  EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello"),
            State::kDone);
  EXPECT_TRUE(parser.keep_alive());
  const AnswerParser::Answer answer = parser.take();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers, "Server: x\r\nContent-Length: 5");
  EXPECT_EQ(answer.body, "hello");
}

TEST(AnswerParser, ReadsTheSameAnswerInPiecesOfEverySize) {
  const std::string_view bytes =
      "HTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nwait\r\n6;x=y\r\n a bit\r\n0\r\nTrailer: gone\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    AnswerParser parser;
    ASSERT_EQ(feed_in_pieces(parser, bytes, piece), State::kDone) << piece;
    EXPECT_TRUE(parser.keep_alive());
    const AnswerParser::Answer answer = parser.take();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, "wait a bit");
    EXPECT_EQ(answer.retry_after, "7");
    EXPECT_EQ(answer.headers, "Retry-After: 7\r\nTransfer-Encoding: chunked");
  }
}

TEST(AnswerParser, ReadsAnswersOneAfterAnother) {
  AnswerParser parser;
  for (int i = 0; i < 3; ++i) {
    parser.reset();
    EXPECT_FALSE(parser.got_some());
    EXPECT_EQ(parser.feed("HTTP/1.1 204 No Content\r\n\r\n"), State::kDone);
    EXPECT_EQ(parser.take().status, 204);
  }
}

TEST(AnswerParser, EndsAnAnswerWithoutLengthAtTheEndOfTheConnection) {
  AnswerParser parser;
  EXPECT_EQ(parser.feed("HTTP/1.0 200 OK\r\n\r\nall of it"), State::kNeedMore);
  EXPECT_EQ(parser.finish_at_eof(), State::kDone);
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(parser.take().body, "all of it");
}

TEST(AnswerParser, SaysThatAnAnswerWasCutShort) {
  for (const std::string_view bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nCont",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"}) {
    AnswerParser parser;
    EXPECT_EQ(parser.feed(bytes), State::kNeedMore);
    EXPECT_EQ(parser.finish_at_eof(), State::kCutShort);
  }
  AnswerParser silent;
  EXPECT_EQ(silent.finish_at_eof(), State::kCutShort);
}

TEST(AnswerParser, DoesNotKeepAConnectionThatIsToBeClosed) {
  for (const std::string_view bytes :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n"}) {
    AnswerParser parser;
    EXPECT_EQ(parser.feed(bytes), State::kDone) << bytes;
    EXPECT_FALSE(parser.keep_alive()) << bytes;
  }
}

TEST(AnswerParser, RefusesWhatIsNotHttp) {
  for (const std::string_view bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    AnswerParser parser;
    EXPECT_EQ(parser.feed(bytes), State::kBad) << bytes;
    EXPECT_FALSE(parser.error().empty());
  }
}

TEST(AnswerParser, RefusesWhatIsNotHttpHoweverItIsCut) {
  for (const std::string_view bytes :
       {"220 mail.example ESMTP\r\n", "HTTP/1.1 200 OK\nX: y\n\n", "HTTP/1.1 200\r\n\r\n"}) {
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      AnswerParser whole;
      AnswerParser cut;
      EXPECT_EQ(feed_in_pieces(cut, bytes, piece), whole.feed(bytes)) << bytes << piece;
    }
  }
  AnswerParser mail;
  EXPECT_EQ(feed_in_pieces(mail, "220 mail.example ESMTP\r\n", 3), State::kBad);
}

TEST(AnswerParser, KeepsOnlyTheBeginningOfTheBody) {
  AnswerParser parser;
  const std::string body(limits::kAnswerBodyBytesMax, 'b');
  EXPECT_EQ(
      parser.feed("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n"),
      State::kNeedMore);
  EXPECT_EQ(feed_in_pieces(parser, body, 1000), State::kDone);
  EXPECT_EQ(parser.take().body, body.substr(0, limits::kAnswerBodyBytesKept));
}

TEST(AnswerParser, SaysThatABodyWasCutOnlyWhenMoreCame) {
  for (const std::size_t more : {0U, 1U}) {
    for (const std::size_t piece : {1000U, 100'000U}) {
      AnswerParser parser;
      const std::string body(limits::kAnswerBodyBytesKept + more, 'b');
      ASSERT_EQ(feed_in_pieces(parser,
                               "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                                   "\r\n\r\n" + body,
                               piece),
                State::kDone);
      const AnswerParser::Answer answer = parser.take();
      EXPECT_EQ(answer.body.size(), limits::kAnswerBodyBytesKept);
      EXPECT_EQ(answer.body_cut, more == 1) << piece;
    }
  }
}

TEST(AnswerParser, RefusesABodyOverTheLimitHoweverItIsFramed) {
  const std::string over(limits::kAnswerBodyBytesMax + 1, 'b');
  AnswerParser announced;
  EXPECT_EQ(announced.feed("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(over.size()) +
                           "\r\n\r\n"),
            State::kTooLarge);
  AnswerParser until_end;
  EXPECT_EQ(feed_in_pieces(until_end, "HTTP/1.1 200 OK\r\n\r\n" + over, 1000), State::kTooLarge);
  AnswerParser chunked;
  std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) {
    bytes += "1000\r\n" + std::string(4096, 'c') + "\r\n";
  }
  EXPECT_EQ(feed_in_pieces(chunked, bytes, 1000), State::kTooLarge);
  EXPECT_EQ(chunked.take().status, 200);
}

TEST(AnswerParser, RefusesAHeaderOverTheLimitEvenLineByLine) {
  AnswerParser parser;
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1000; ++i) {
    bytes += "X-Filler: 0123456789\r\n";
  }
  EXPECT_EQ(feed_in_pieces(parser, bytes, 24), State::kTooLarge);
  AnswerParser one_line;
  EXPECT_EQ(feed_in_pieces(one_line, "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'), 1000),
            State::kTooLarge);
}

TEST(AnswerParser, RefusesAChunkHeaderThatDoesNotEnd) {
  AnswerParser parser;
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(20'000, 'x');
  EXPECT_EQ(feed_in_pieces(parser, bytes, 1000), State::kTooLarge);
}

TEST(AnswerParser, RefusesInformationalAnswersWithoutEnd) {
  AnswerParser parser;
  std::string bytes;
  for (int i = 0; i <= limits::kInformationalAnswersMax; ++i) {
    bytes += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  }
  EXPECT_EQ(parser.feed(bytes), State::kBad);
}

}  // namespace
}  // namespace returnflows
