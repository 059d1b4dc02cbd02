#include "returnflows/carriers/carrier.h"

#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/carriers/payload_under_test_test.h"

namespace returnflows::carriers {
namespace {

// One AfterShip message with `count` checkpoints, a minute apart in each.
std::string checkpoints(std::size_t count) {
  std::string out = R"({"event":"tracking_update","msg":{"tracking_number":"A1","checkpoints":[)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) out += ',';
    const std::string time =
        std::to_string(10 + i / 60) + ":" + std::to_string(100 + i % 60).substr(1);
    out += R"({"tag":"InTransit","checkpoint_time":"2026-03-02T)";
    out += time;
    out += R"(:00Z"})";
  }
  return out + "]}}";
}

std::string one_checkpoint(std::string_view members) {
  return R"({"event":"tracking_update","msg":{"tracking_number":"A1","checkpoints":[{)" +
         std::string{members} + "}]}}";
}

TEST(Carriers, EachIsFoundByItsName) {
  for (const Carrier carrier : kCarriers) {
    EXPECT_EQ(find_carrier(carrier_name(carrier)), carrier);
  }
  EXPECT_EQ(carrier_name(Carrier::kSeventeenTrack), "17track");
  EXPECT_EQ(find_carrier("EasyPost"), std::nullopt);
  EXPECT_EQ(find_carrier(""), std::nullopt);
}

TEST(Carriers, OneWithoutASecretRefusesEveryRequest) {
  for (const Carrier carrier : kCarriers) {
    EXPECT_EQ(refusal(carrier, "", {.signature = "", .token = "", .body = "{}"}),
              "carrier_not_set_up")
        << carrier_name(carrier);
  }
  // The HMAC with an empty key, and an empty bearer, are no proof either.
  EXPECT_EQ(refusal(Carrier::kShip24, "", {.signature = "Bearer ", .token = "", .body = "{}"}),
            "carrier_not_set_up");
}

TEST(Carriers, AnEmptyTokenIsNoProof) {
  for (const Carrier carrier : kCarriers) {
    EXPECT_NE(refusal(carrier, kSecret, {.signature = "", .token = "", .body = ""}), "");
  }
}

TEST(Carriers, ASecretHasALengthAndNoSpaces) {
  for (const Carrier carrier : kCarriers) {
    EXPECT_FALSE(check_carrier_secret(carrier, "short").has_value());
    EXPECT_FALSE(check_carrier_secret(carrier, std::string(256, 'a')).has_value());
    EXPECT_FALSE(check_carrier_secret(carrier, "copied-secret\n").has_value());
  }
}

TEST(Carriers, AnOrdinarySecretIsTakenByEach) {
  for (const Carrier carrier : kCarriers) {
    EXPECT_TRUE(check_carrier_secret(carrier, kSecret).has_value());
  }
}

TEST(Carriers, ABodyBeyondTheLimitIsRefusedUnread) {
  const std::string body(limits::kCarrierBodyBytesMax + 1, ' ');
  for (const Carrier carrier : kCarriers) {
    EXPECT_EQ(parse(carrier, body).error().code, ErrorCode::kTooLarge);
  }
}

TEST(Carriers, MoreScansThanTheLimitAreRefused) {
  EXPECT_EQ(scans_in(Carrier::kAfterShip, checkpoints(limits::kCarrierScansMax)).size(),
            limits::kCarrierScansMax);
  EXPECT_EQ(parse(Carrier::kAfterShip, checkpoints(limits::kCarrierScansMax + 1)).error().code,
            ErrorCode::kTooLarge);
}

TEST(Carriers, WhatIsNotJsonIsRefused) {
  for (const Carrier carrier : kCarriers) {
    for (const auto body : {"", "{", "tracking_number=1", "\xFF\xFE"}) {
      EXPECT_EQ(parse(carrier, body).error().code, ErrorCode::kInvalidInput);
    }
    const std::string deep = std::string(65, '[') + std::string(65, ']');
    EXPECT_EQ(parse(carrier, deep).error().code, ErrorCode::kInvalidInput);
  }
}

TEST(Carriers, JsonOfAnotherFormIsRefused) {
  for (const Carrier carrier : kCarriers) {
    for (const auto body : {"{}", "7", "null", R"({"data":[],"result":"","msg":null})"}) {
      EXPECT_EQ(parse(carrier, body).error().code, ErrorCode::kInvalidInput)
          << carrier_name(carrier) << " " << body;
    }
  }
}

TEST(Carriers, TrackingNumbersAreTrimmedAndBounded) {
  const auto with_number = [](const std::string& number) {
    return R"({"data":{"number":")" + number + R"(","track_info":{}}})";
  };
  EXPECT_EQ(error_in(Carrier::kSeventeenTrack, with_number(std::string(101, '1'))),
            "/data/number The tracking number has more than 100 bytes.");
  EXPECT_EQ(error_in(Carrier::kSeventeenTrack, with_number("12\\u00003")),
            "/data/number The tracking number has a control character.");
  EXPECT_EQ(error_in(Carrier::kSeventeenTrack, with_number("  ")),
            "/data/number There is no tracking number.");
}

TEST(Carriers, ALongDescriptionIsCutBetweenTwoCharacters) {
  std::string text = "x";
  while (text.size() <= limits::kScanTextBytesMax) {
    text += "ø";
  }
  const auto scans =
      scans_in(Carrier::kAfterShip,
               one_checkpoint(R"("tag":"InTransit","checkpoint_time":"2026-03-02","message":")" +
                              text + R"(")"));
  EXPECT_EQ(scans.at(0).description, text.substr(0, limits::kScanTextBytesMax - 1));
}

TEST(Carriers, ControlCharactersOfTextsAreSpaces) {
  const auto scans = scans_in(
      Carrier::kAfterShip,
      one_checkpoint(
          R"("tag":"InTransit","checkpoint_time":"2026-03-02","message":"two\nlines\u0000")"));
  EXPECT_EQ(scans.at(0).description, "two lines ");
}

TEST(Carriers, AnUnknownWordStaysInTheHistoryAndMovesNothing) {
  const auto scans = scans_in(
      Carrier::kAfterShip, one_checkpoint(R"("tag":"Teleported","checkpoint_time":"2026-03-02")"));
  EXPECT_EQ(statuses_of(scans), "label_created");
  EXPECT_EQ(scans.at(0).carrier_status, "Teleported");
}

TEST(Carriers, AnEntryWithoutAWordOrATimeIsLeftOut) {
  EXPECT_EQ(statuses_of(scans_in(Carrier::kEasyPost,
                                 R"({"result":{"tracking_code":"E1","tracking_details":[
                    {"status":"delivered","datetime":null},
                    {"datetime":"2026-03-02T10:00:00Z"},
                    {"status":"in_transit","datetime":"2026-03-02T10:00:00Z"}]}})")),
            "in_transit");
}

TEST(Carriers, WordsCountInBothCases) {
  EXPECT_EQ(
      statuses_of(scans_in(Carrier::kAfterShip,
                           one_checkpoint(R"("tag":"INTRANSIT","checkpoint_time":"2026-03-02")"))),
      "in_transit");
}

}  // namespace
}  // namespace returnflows::carriers
