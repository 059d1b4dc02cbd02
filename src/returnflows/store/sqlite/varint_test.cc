#include "returnflows/store/sqlite/varint.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "returnflows/base/encoding.h"

namespace returnflows::sqlite {
namespace {

std::string encoded(std::uint64_t value) {
  std::string bytes;
  append_varint(bytes, value);
  return bytes;
}

TEST(Varint, HasTheBytesOfTheFormatDocument) {
  EXPECT_EQ(encode_hex(as_bytes(encoded(0))), "00");
  EXPECT_EQ(encode_hex(as_bytes(encoded(127))), "7f");
  EXPECT_EQ(encode_hex(as_bytes(encoded(128))), "8001");
  EXPECT_EQ(encode_hex(as_bytes(encoded(1000))), "e807");
}

TEST(Varint, ComesBackAsItWasAtEveryLength) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const std::uint64_t value : {std::uint64_t{1} << bits, (std::uint64_t{1} << bits) - 1}) {
      const std::string bytes = encoded(value);
      std::string_view rest = bytes;
      EXPECT_EQ(take_varint(rest), value);
      EXPECT_TRUE(rest.empty());
    }
  }
  const std::string largest = encoded(std::numeric_limits<std::uint64_t>::max());
  std::string_view rest = largest;
  EXPECT_EQ(take_varint(rest), std::numeric_limits<std::uint64_t>::max());
}

TEST(Varint, LeavesWhatComesBehindIt) {
  const std::string bytes = encoded(300) + "rest";
  std::string_view rest = bytes;
  EXPECT_EQ(take_varint(rest), 300U);
  EXPECT_EQ(rest, "rest");
}

TEST(Varint, IsRefusedWhenItIsCutShort) {
  std::string_view none;
  EXPECT_EQ(take_varint(none), std::nullopt);
  std::string_view cut = "\x80";
  EXPECT_EQ(take_varint(cut), std::nullopt);
}

TEST(Varint, IsRefusedWhenItIsLongerThanTenBytes) {
  const std::string bytes = std::string(10, '\x80') + '\x01';
  std::string_view rest = bytes;
  EXPECT_EQ(take_varint(rest), std::nullopt);
}

}  // namespace
}  // namespace returnflows::sqlite
