#include "returnflows/store/sqlite/attempt_detail.h"

#include <gtest/gtest.h>

#include "returnflows/base/encoding.h"

namespace returnflows::sqlite {
namespace {

using std::chrono::microseconds;

Attempt full_attempt() {
  Attempt attempt;
  attempt.timings.dns = microseconds{300};
  attempt.timings.first_byte = microseconds{70'000};
  attempt.timings.total = microseconds{71'234};
  attempt.remote_address = "203.0.113.7:443";
  attempt.retry_after = "120";
  attempt.error_detail = "";
  attempt.answer_headers = "content-type: text/plain\r\nserver: x";
  attempt.answer_body = std::string("busy\0\xff", 6);
  attempt.answer_body_cut = true;
  return attempt;
}

TEST(AttemptDetail, ComesBackAsItWas) {
  AttemptDetail detail;
  ASSERT_TRUE(decode_attempt_detail(encode_attempt_detail(full_attempt(), true), detail));
  const Attempt expected = full_attempt();
  EXPECT_TRUE(detail.delivered);
  EXPECT_EQ(detail.attempt.timings.dns, expected.timings.dns);
  EXPECT_EQ(detail.attempt.timings.connect, std::nullopt);
  EXPECT_EQ(detail.attempt.timings.tls, std::nullopt);
  EXPECT_EQ(detail.attempt.timings.first_byte, expected.timings.first_byte);
  EXPECT_EQ(detail.attempt.timings.total, expected.timings.total);
  EXPECT_EQ(detail.attempt.remote_address, expected.remote_address);
  EXPECT_EQ(detail.attempt.retry_after, expected.retry_after);
  EXPECT_EQ(detail.attempt.error_detail, expected.error_detail);
  EXPECT_EQ(detail.attempt.answer_headers, expected.answer_headers);
  EXPECT_EQ(detail.attempt.answer_body, expected.answer_body);
  EXPECT_TRUE(detail.attempt.answer_body_cut);
}

TEST(AttemptDetail, HasTheBytesOfTheFormatDocument) {
  Attempt attempt;
  attempt.timings.first_byte = microseconds{900};
  attempt.timings.total = microseconds{1000};
  attempt.remote_address = "::1:80";
  attempt.answer_body = "ok";
  EXPECT_EQ(encode_hex(as_bytes(encode_attempt_detail(attempt, true))),
            "0111e8078407063a3a313a3830000000026f6b");
}

TEST(AttemptDetail, IsRefusedWhereverItIsCut) {
  const std::string whole = encode_attempt_detail(full_attempt(), false);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    AttemptDetail detail;
    const Status status = decode_attempt_detail(std::string_view(whole).substr(0, size), detail);
    ASSERT_FALSE(status) << size;
    EXPECT_EQ(status.error().code, ErrorCode::kCorruption);
  }
}

TEST(AttemptDetail, IsRefusedWithBytesBehindItOrInAnotherFormat) {
  std::string whole = encode_attempt_detail(full_attempt(), false);
  AttemptDetail detail;
  EXPECT_FALSE(decode_attempt_detail(whole + "x", detail));
  whole[0] = 2;
  EXPECT_FALSE(decode_attempt_detail(whole, detail));
}

}  // namespace
}  // namespace returnflows::sqlite
