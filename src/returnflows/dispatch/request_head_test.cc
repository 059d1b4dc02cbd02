#include "returnflows/dispatch/request_head.h"

#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/secret.h"

namespace returnflows {
namespace {

// Signatures computed with Python's hmac; the first is the published Standard Webhooks vector.
constexpr std::string_view kBody = R"({"test": 2432232314})";

RequestParts parts_signed_by(const Signer& signer) {
  return {.target = "/hook?x=%20y",
          .host_header = "erp.example:8443",
          .user_agent = "Returnflows/1.2.3",
          .event_id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
          .event_type = "return.created",
          .delivery_id = "dlv_01KGE6Q2V8",
          .attempt_number = 3,
          .timestamp_seconds = 1614265330,
          .body = kBody,
          .signer = &signer};
}

TEST(RequestHead, IsTheDocumentedBytes) {
  const auto signer = Signer::make(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  ASSERT_TRUE(signer);
  std::string out;
  append_request(out, parts_signed_by(*signer));
  EXPECT_EQ(out,
            "POST /hook?x=%20y HTTP/1.1\r\n"
            "Host: erp.example:8443\r\n"
            "user-agent: Returnflows/1.2.3\r\n"
            "content-type: application/json\r\n"
            "content-length: 20\r\n"
            "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"
            "webhook-timestamp: 1614265330\r\n"
            "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n"
            "X-Returnflows-Signature: "
            "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c\r\n"
            "X-Returnflows-Event: return.created\r\n"
            "X-Returnflows-Delivery: dlv_01KGE6Q2V8\r\n"
            "X-Returnflows-Attempt: 3\r\n"
            "\r\n"
            R"({"test": 2432232314})");
}

TEST(RequestHead, CarriesBothSignaturesWhileASecretIsRotated) {
  const auto signer = Signer::make(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  const auto previous = Signer::make(Secret("old secret of mine"));
  ASSERT_TRUE(signer);
  ASSERT_TRUE(previous);
  RequestParts parts = parts_signed_by(*signer);
  parts.previous_signer = &*previous;
  std::string out;
  append_request(out, parts);
  EXPECT_NE(out.find("webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
                     "v1,UIrklsjq75nxieUQtfmTuUg8g47I5mjVqV5XIRVztH8=\r\n"),
            std::string::npos);
  EXPECT_NE(out.find("X-Returnflows-Signature: "
                     "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c\r\n"
                     "X-Returnflows-Signature-Previous: "
                     "sha256=75d855387edcca72fcb55cfa1a2dbf37886eb289a0bb605c3abd3d62f52a97a2\r\n"),
            std::string::npos);
}

TEST(RequestHead, IsAppendedToWhatIsThere) {
  const auto signer = Signer::make(Secret("old secret of mine"));
  ASSERT_TRUE(signer);
  std::string out = "before";
  append_request(out, parts_signed_by(*signer));
  EXPECT_TRUE(out.starts_with("beforePOST /hook"));
}

}  // namespace
}  // namespace returnflows
