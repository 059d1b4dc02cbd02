#include "returnflows/base/http_head.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

using State = HttpHead::State;

TEST(HttpHead, EndsWithItsEmptyLine) {
  const HttpHead head = find_http_head("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody\n");
  EXPECT_EQ(head.state, State::kComplete);
  EXPECT_EQ(head.bytes, 27U);
}

TEST(HttpHead, NeedsMoreUntilThen) {
  const std::string_view head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_EQ(find_http_head(head.substr(0, size)).state, State::kNeedMore) << size;
  }
}

TEST(HttpHead, IsBrokenByALineFeedAlone) {
  EXPECT_EQ(find_http_head("GET / HTTP/1.1\nHost: x\r\n\r\n").state, State::kBroken);
  EXPECT_EQ(find_http_head("GET / HTTP/1.1\r\nHost: x\n").state, State::kBroken);
  EXPECT_EQ(find_http_head("\n").state, State::kBroken);
}

}  // namespace
}  // namespace returnflows
