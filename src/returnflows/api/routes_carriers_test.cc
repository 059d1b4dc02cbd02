// What carriers post: who may, and what becomes of their scans.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/api/api_under_test_test.h"
#include "returnflows/base/encoding.h"
#include "returnflows/base/limits.h"
#include "returnflows/carriers/carrier.h"
#include "returnflows/carriers/signature.h"

namespace returnflows {
namespace {

constexpr std::string_view kSecret = "correct-horse";
constexpr std::string_view kGeneric = "/v1/carriers/generic/webhook";

std::string signature_of(carriers::Carrier carrier, std::string_view body) {
  const carriers::Digest hmac = carriers::hmac_sha256(kSecret, {body});
  switch (carrier) {
    case carriers::Carrier::kEasyPost:
      return "hmac-sha256-hex=" + encode_hex(hmac);
    case carriers::Carrier::kShippo:
      return "t=1,v1=" + encode_hex(carriers::hmac_sha256(kSecret, {"1.", body}));
    case carriers::Carrier::kAfterShip:
      return encode_base64(hmac);
    case carriers::Carrier::kShip24:
      return "Bearer " + std::string{kSecret};
    case carriers::Carrier::kSeventeenTrack:
      return encode_hex(carriers::sha256({body, "/", kSecret}));
    case carriers::Carrier::kGeneric:
      return "sha256=" + encode_hex(hmac);
  }
  return {};
}

std::string scan(std::string_view tracking_number,
                 std::string_view status = "in_transit",
                 std::string_view occurred_at = "2026-02-04T15:22:00Z") {
  std::string json = R"({"tracking_number":")";
  json += tracking_number;
  json += R"(","status":")";
  json += status;
  json += R"(","occurred_at":")";
  json += occurred_at;
  json += R"("})";
  return json;
}

class CarrierRoutesTest : public ApiUnderTest {
 protected:
  // The merchant "default" has the same secret for all carriers.
  void SetUp() override {
    std::string patch;
    for (const carriers::Carrier carrier : carriers::kCarriers) {
      patch += patch.empty() ? R"({"carriers":{)" : ",";
      patch += '"' + std::string{carriers::carrier_name(carrier)} + R"(":{"secret":")";
      patch += std::string{kSecret} + R"("})";
    }
    const ClientAnswer answer = call("PATCH", "/v1/settings", patch + "}}");
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  // A completed return with that label; its path.
  std::string path_of_labelled(const std::string& tracking_number) {
    const ClientAnswer made = call("POST", "/v1/returns", R"({
      "order": {"id": "1001", "currency": "DKK"}, "customer": {"email": "anna@example.com"},
      "items": [{"sku": "TEE", "action": "refund",
                 "prices": {"unit_price": {"amount": "200.00", "currency": "DKK"}}}]})");
    EXPECT_EQ(made.status, 201) << made.body;
    const std::string path = "/v1/returns/" + std::string{made.json().at("id").as_string()};
    const std::string label =
        R"({"carrier":"gls_dk","tracking_number":")" + tracking_number + R"("})";
    EXPECT_EQ(call("POST", path + "/label", label).status, 200);
    return path;
  }

  ClientAnswer post(std::string_view target, std::string_view body, std::string headers) {
    return call("POST", target, body, {.key = "none", .headers = std::move(headers)});
  }

  // A body of the generic form, signed.
  ClientAnswer post_signed(std::string_view body, std::string_view target = kGeneric) {
    std::string header = "X-Returnflows-Signature: ";
    header += signature_of(carriers::Carrier::kGeneric, body);
    return post(target, body, header + "\r\n");
  }

  std::string shipment_of(const std::string& path) {
    return std::string{call("GET", path).json().at_pointer("/shipments/0/status").as_string()};
  }
};

TEST_F(CarrierRoutesTest, ASignedScanMovesTheReturnOfItsLabel) {
  const std::string path = path_of_labelled("GLS0000000001");
  const ClientAnswer answer = post_signed(scan("GLS0000000001"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, R"({"received":1,"applied":1,"ignored":0,"unknown":0})");
  EXPECT_EQ(shipment_of(path), "in_transit");
}

TEST_F(CarrierRoutesTest, EventsSayWhichCarrierCausedThem) {
  path_of_labelled("GLS0000000001");
  post_signed(scan("GLS0000000001"));
  const auto events = call("GET", "/v1/events?type=shipment.event.in_transit").json();
  EXPECT_EQ(events.at_pointer("/data/0/cause/actor/type"), "carrier");
  EXPECT_EQ(events.at_pointer("/data/0/cause/actor/name"), "generic");
}

TEST_F(CarrierRoutesTest, ScansOfOneRequestRunInTheirOrder) {
  const std::string path = path_of_labelled("GLS0000000001");
  const ClientAnswer answer =
      post_signed("[" + scan("GLS0000000001", "in_transit", "2026-02-04T15:22:00Z") + "," +
                  scan("GLS0000000001", "delivered", "2026-02-05T15:22:00Z") + "]");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json().at("applied"), 2);
  EXPECT_EQ(shipment_of(path), "delivered");
  const auto delivered = call("GET", "/v1/events?type=shipment.event.delivered").json();
  ASSERT_EQ(delivered.at("data").as_array().size(), 1U);
  const auto in_transit = call("GET", "/v1/events?type=shipment.event.in_transit").json();
  EXPECT_EQ(in_transit.at_pointer("/data/0/data/detail/inferred"), false);
}

TEST_F(CarrierRoutesTest, ARepeatedRequestChangesNothing) {
  const std::string path = path_of_labelled("GLS0000000001");
  post_signed(scan("GLS0000000001"));
  const std::string before = call("GET", path).header("etag");
  EXPECT_EQ(post_signed(scan("GLS0000000001")).status, 200);
  EXPECT_EQ(call("GET", path).header("etag"), before);
}

TEST_F(CarrierRoutesTest, ATrackingNumberThatNoReturnHasIsNoError) {
  path_of_labelled("GLS0000000001");
  const ClientAnswer answer =
      post_signed("[" + scan("SOMEBODY-ELSES") + "," + scan("GLS0000000001") + "]");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, R"({"received":2,"applied":1,"ignored":0,"unknown":1})");
}

TEST_F(CarrierRoutesTest, WhatIsNoScanIsAcceptedAndChangesNothing) {
  const ClientAnswer answer = post("/v1/carriers/ship24/webhook",
                                   R"({"trackings":[]})",
                                   "Authorization: Bearer " + std::string{kSecret} + "\r\n");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, R"({"received":0,"applied":0,"ignored":0,"unknown":0})");
}

TEST_F(CarrierRoutesTest, EachCarrierSignsInItsOwnHeader) {
  for (const carriers::Carrier carrier : carriers::kCarriers) {
    const std::string name{carriers::carrier_name(carrier)};
    const std::string target = "/v1/carriers/" + name + "/webhook";
    const std::string header = std::string{carriers::signature_header(carrier)} + ": ";
    // A body that no carrier sends: what matters is that it is looked at at all.
    const ClientAnswer good = post(target, "{}", header + signature_of(carrier, "{}") + "\r\n");
    EXPECT_NE(good.status, 401) << name << good.body;
    expect_problem(
        post(target, "{}", header + "Bearer sha256=t=1,v1=00\r\n"), 401, "signature_invalid");
    expect_problem(post(target, "{}", ""), 401, "signature_missing");
  }
}

TEST_F(CarrierRoutesTest, TheTokenOfTheUrlStandsForASignature) {
  const std::string target = "/v1/carriers/shippo/webhook?merchant=default&token=";
  EXPECT_NE(post(target + std::string{kSecret}, "{}", "").status, 401);
  expect_problem(post(target + "wrong-horse", "{}", ""), 401, "signature_invalid");
}

TEST_F(CarrierRoutesTest, TheMerchantIsNamedByTheUrl) {
  ASSERT_EQ(call("POST", "/v1/merchants", R"({"name":"Second Shop"})").status, 201);
  const CallOptions second{.key = {}, .headers = "Returnflows-Merchant: second-shop\r\n"};
  const auto shown = call("GET", "/v1/merchants/second-shop").json();
  const std::string id{shown.at("id").as_string()};
  const std::string by_slug = std::string{kGeneric} + "?merchant=second-shop";
  expect_problem(post_signed(scan("X"), by_slug), 401, "carrier_not_set_up");
  const std::string patch =
      R"({"carriers":{"generic":{"secret":")" + std::string{kSecret} + R"("}}})";
  ASSERT_EQ(call("PATCH", "/v1/settings", patch, second).status, 200);
  EXPECT_EQ(post_signed(scan("X"), by_slug).status, 200);
  EXPECT_EQ(post_signed(scan("X"), std::string{kGeneric} + "?merchant=" + id).status, 200);
}

TEST_F(CarrierRoutesTest, AMerchantWhoDoesNotExistLooksLikeOneWithoutCarriers) {
  ASSERT_EQ(call("POST", "/v1/merchants", R"({"name":"Second Shop"})").status, 201);
  const ClientAnswer exists =
      post_signed(scan("X"), std::string{kGeneric} + "?merchant=second-shop");
  const ClientAnswer does_not = post_signed(scan("X"), std::string{kGeneric} + "?merchant=third");
  expect_problem(does_not, 401, "carrier_not_set_up");
  EXPECT_EQ(does_not.body, exists.body);
}

TEST_F(CarrierRoutesTest, ProbesNeedNoSecret) {
  const CallOptions nobody{.key = "none", .headers = {}};
  const ClientAnswer got = call("GET", "/v1/carriers/ship24/webhook?merchant=x", {}, nobody);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, R"({"status":"ready"})");
  EXPECT_EQ(call("HEAD", "/v1/carriers/ship24/webhook", {}, nobody).status, 200);
}

TEST_F(CarrierRoutesTest, AnUnknownCarrierIsNotFound) {
  expect_problem(call("GET", "/v1/carriers/pigeon/webhook"), 404, "not_found");
  expect_problem(post_signed(scan("X"), "/v1/carriers/pigeon/webhook"), 404, "not_found");
}

TEST_F(CarrierRoutesTest, AnUnknownParameterOfTheUrlIsNamed) {
  const ClientAnswer answer = post_signed(scan("X"), std::string{kGeneric} + "?merchnt=default");
  expect_problem(answer, 400, "invalid_parameter");
  EXPECT_NE(answer.body.find("merchnt"), std::string::npos) << answer.body;
}

TEST_F(CarrierRoutesTest, AWrongFieldOfTheGenericFormIsNamed) {
  const ClientAnswer answer = post_signed(scan("GLS0000000001", "flying"));
  expect_problem(answer, 400, "invalid_input");
  EXPECT_EQ(answer.json().at_pointer("/errors/0/pointer"), "/status");
}

TEST_F(CarrierRoutesTest, AnyContentTypeIsTaken) {
  const std::string body = scan("X");
  EXPECT_EQ(post(kGeneric,
                 body,
                 "Content-Type: text/plain\r\nX-Returnflows-Signature: " +
                     signature_of(carriers::Carrier::kGeneric, body) + "\r\n")
                .status,
            200);
}

TEST_F(CarrierRoutesTest, ABodyMayHaveAMebibyte) {
  const std::string body =
      scan("X") + std::string(limits::kCarrierBodyBytesMax - scan("X").size(), ' ');
  EXPECT_EQ(post_signed(body).status, 200);
  expect_problem(post_signed(body + " "), 413, "too_large");
}

}  // namespace
}  // namespace returnflows
