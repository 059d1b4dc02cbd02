#include "returnflows/base/checksum.h"

#include <string>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

// RFC 3720 appendix B.4.
TEST(Crc32c, MatchesTheTestVectorsOfRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
}

TEST(Crc32c, IsTheSameWhateverTheProcessorCanDo) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(crc32c(bytes), crc32c_portable(bytes)) << bytes.size();
    bytes += static_cast<char>(i * 37);
  }
}

// Appendix A of the SipHash paper: key 00..0f, input 00..0e.
TEST(KeyedHash64, MatchesThePublishedVector) {
  std::string input;
  for (char c = 0; c < 15; ++c) {
    input += c;
  }
  EXPECT_EQ(keyed_hash64({0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL}, input),
            0xa129ca6149be45e5ULL);
}

}  // namespace
}  // namespace returnflows
