#include "bench/http_scan.h"

#include <string>

#include <gtest/gtest.h>

namespace returnflows::bench {
namespace {

TEST(HttpScan, FindsTheMessageAndNotTheOneBehindIt) {
  const std::string buffer =
      "POST /ok/0 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloPOST /next";
  const auto message = scan_message(buffer);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(target_of(message->first_line), "/ok/0");
  EXPECT_EQ(message->body, "hello");
  EXPECT_EQ(buffer.substr(message->bytes), "POST /next");
}

TEST(HttpScan, WaitsUntilHeadAndBodyAreWhole) {
  const std::string whole = "HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}";
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(scan_message(whole.substr(0, bytes)).has_value()) << bytes;
  }
  EXPECT_TRUE(scan_message(whole).has_value());
}

TEST(HttpScan, TakesAMessageWithoutABody) {
  const auto message = scan_message("HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->body, "");
  EXPECT_EQ(status_of(message->first_line), 200);
}

TEST(HttpScan, HasNoStatusForWhatIsNoResponse) {
  EXPECT_EQ(status_of("GET / HTTP/1.1"), 0);
  EXPECT_EQ(status_of(""), 0);
}

}  // namespace
}  // namespace returnflows::bench
