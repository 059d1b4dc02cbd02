#include "returnflows/dispatch/payout_request.h"

#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/secret.h"

namespace returnflows {
namespace {

const returns::PayoutRequest kRequest{
    .return_id = "ret_01KGE6Q2V8", .revision = 2, .payout_id = "pay_rf_1"};

PayoutRequestParts parts_signed_by(const Signer& signer) {
  return {.target = "/payouts?shop=1",
          .host_header = "pay.example:8443",
          .user_agent = "Returnflows/1.2.3",
          .key = "ret_01KGE6Q2V8/2/pay_rf_1",
          .timestamp_seconds = 1614265330,
          .signer = &signer};
}

Signer signer() {
  auto made = Signer::make(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  EXPECT_TRUE(made);
  return std::move(*made);
}

TEST(PayoutRequest, TheKeyIsReturnRevisionAndPayout) {
  EXPECT_EQ(payout_key(kRequest), "ret_01KGE6Q2V8/2/pay_rf_1");
}

TEST(PayoutRequest, TheKeyEncodesOnlyWhatNoPathMayHold) {
  EXPECT_EQ(
      payout_key({.return_id = "a-b._~!$&'()*+,;=:@", .revision = 1, .payout_id = "x/y?#\r\n"}),
      "a-b._~!$&'()*+,;=:@/1/x%2Fy%3F%23%0D%0A");
}

// Signatures computed with Python's hmac.
TEST(PayoutRequest, TheOrderIsTheDocumentedBytes) {
  const Signer signed_by = signer();
  std::string out;
  append_payout_order(
      out,
      parts_signed_by(signed_by),
      {.payout_json = R"({"id":"pay_rf_1"})", .snapshot_json = R"({"id":"ret_1"})"});
  EXPECT_EQ(out,
            "POST /payouts?shop=1 HTTP/1.1\r\n"
            "Host: pay.example:8443\r\n"
            "user-agent: Returnflows/1.2.3\r\n"
            "connection: close\r\n"
            "content-type: application/json\r\n"
            "content-length: 52\r\n"
            "Idempotency-Key: ret_01KGE6Q2V8/2/pay_rf_1\r\n"
            "webhook-id: ret_01KGE6Q2V8/2/pay_rf_1\r\n"
            "webhook-timestamp: 1614265330\r\n"
            "webhook-signature: v1,iINBy9BR0KGWHuVnv/0VJeHeNlFlmNE+4gsLy466p2A=\r\n"
            "X-Returnflows-Signature: "
            "sha256=759c40a7bbc74a11940df501a7a94cc7c8c759632c2012bac3e936186c1cd725\r\n"
            "\r\n"
            R"({"payout":{"id":"pay_rf_1"},"return":{"id":"ret_1"}})");
}

TEST(PayoutRequest, TheQuestionIsTheDocumentedBytes) {
  const Signer signed_by = signer();
  std::string out;
  append_payout_question(out, parts_signed_by(signed_by));
  EXPECT_EQ(out,
            "GET /payouts/ret_01KGE6Q2V8/2/pay_rf_1?shop=1 HTTP/1.1\r\n"
            "Host: pay.example:8443\r\n"
            "user-agent: Returnflows/1.2.3\r\n"
            "connection: close\r\n"
            "webhook-id: ret_01KGE6Q2V8/2/pay_rf_1\r\n"
            "webhook-timestamp: 1614265330\r\n"
            "webhook-signature: v1,+F6Xx7QLdzI1CwKRyshfWRrC5lRtyfKbDp+3yrMdfD8=\r\n"
            "X-Returnflows-Signature: "
            "sha256=da5f5865984e699a69cfec62ce49a76daf8ae4601b54a781fa13f3b2d3b2088a\r\n"
            "\r\n");
}

TEST(PayoutRequest, TheQuestionGoesBehindThePathWithOneSlash) {
  EXPECT_EQ(question_target("/", "r/1/p"), "/r/1/p");
  EXPECT_EQ(question_target("/payouts", "r/1/p"), "/payouts/r/1/p");
  EXPECT_EQ(question_target("/payouts/", "r/1/p"), "/payouts/r/1/p");
}

TEST(PayoutRequest, TheQuestionKeepsTheQueryBehindTheKey) {
  EXPECT_EQ(question_target("/pay?a=/&b=?", "r/1/p"), "/pay/r/1/p?a=/&b=?");
  EXPECT_EQ(question_target("/?a=1", "r/1/p"), "/r/1/p?a=1");
}

}  // namespace
}  // namespace returnflows
