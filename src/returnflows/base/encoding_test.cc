#include "returnflows/base/encoding.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

// RFC 4648 §10.
TEST(Base64, MatchesTheTestVectorsOfRfc4648) {
  for (const auto& [plain, coded] : {std::pair{"", ""},
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"foob", "Zm9vYg=="},
                                     {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(encode_base64(as_bytes(plain)), coded);
    EXPECT_EQ(decode_base64(coded), plain);
  }
}

TEST(Base64, RefusesWhatALenientDecoderWouldGuess) {
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Z===", "Zm9 ", "Zm-_", "====", "Zg==Zg=="}) {
    EXPECT_FALSE(decode_base64(bad).has_value()) << bad;
  }
}

TEST(Hex, GoesThereAndBack) {
  EXPECT_EQ(encode_hex(as_bytes(std::string_view("\x00\xffz", 3))), "00ff7a");
  EXPECT_EQ(decode_hex("00FF7a"), std::string("\x00\xffz", 3));
  EXPECT_FALSE(decode_hex("0").has_value());
  EXPECT_FALSE(decode_hex("0g").has_value());
}

}  // namespace
}  // namespace returnflows
