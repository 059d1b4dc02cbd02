#include "bench/event_mark.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace returnflows::bench {
namespace {

TEST(EventMark, IsReadBackFromTheMiddleOfABody) {
  std::string body = R"({"data":{"return":{"id":")" + std::string{kBlankMark} + R"("}}})";
  const EventMark written{.number = 123'456'789'012,
                          .sent_at = Monotonic{std::chrono::nanoseconds{1'234'567'890'123'456}}};
  write_mark(body.data() + body.find(kBlankMark), written);
  const auto read = find_mark(body);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->number, written.number);
  EXPECT_EQ(read->sent_at, written.sent_at);
}

TEST(EventMark, IsNotSeenInBodiesWithoutOne) {
  EXPECT_FALSE(find_mark("").has_value());
  EXPECT_FALSE(find_mark(R"({"id":"ret_bench_12"})").has_value());
  EXPECT_FALSE(find_mark("ret_bench_00000000004x_0000000000000000000").has_value());
}

}  // namespace
}  // namespace returnflows::bench
