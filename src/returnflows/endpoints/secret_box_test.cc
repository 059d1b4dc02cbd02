#include "returnflows/endpoints/secret_box.h"

#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/encoding.h"

namespace returnflows {
namespace {

constexpr EndpointId kEndpoint{7};

SecretBox::Key key_of(std::uint8_t byte) {
  SecretBox::Key key{};
  key.fill(byte);
  return key;
}

class SecretBoxTest : public testing::Test {
 protected:
  SystemRandom random_;
  SecretBox box_{key_of(1), random_};
};

TEST_F(SecretBoxTest, OpensWhatItSealed) {
  for (const std::string text : {"", "x", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    const auto opened = box_.open(box_.seal(Secret{text}, kEndpoint), kEndpoint);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->reveal(), text);
  }
}

// Goal: what is on disk stays readable by later versions. The bytes were made by Python's
// `cryptography` AESGCM with key 01×32, nonce 02×12 and "version + binding" as associated data.
TEST_F(SecretBoxTest, OpensTheStoredFormOfVersionOne) {
  const SealedSecret stored{decode_hex("0102020202020202020202020264b9bb3b2f34b5ddbba3cebb3988"
                                       "68fa1b690fcbb35cd5f1a44b1c3e5a")
                                .value()};
  const auto opened = box_.open(stored, kEndpoint);
  ASSERT_TRUE(opened.has_value()) << opened.error().detail;
  EXPECT_EQ(opened->reveal(), "correct horse");
}

TEST_F(SecretBoxTest, SealsTheSameSecretDifferentlyEachTime) {
  const Secret secret{"hunter22"};
  const auto first = box_.seal(secret, kEndpoint);
  EXPECT_NE(first.bytes, box_.seal(secret, kEndpoint).bytes);
  EXPECT_FALSE(first.bytes.contains("hunter22"));
}

TEST_F(SecretBoxTest, RefusesEveryFlippedByteAndEveryCut) {
  const SealedSecret sealed = box_.seal(Secret{"hunter22"}, kEndpoint);
  for (std::size_t i = 0; i < sealed.bytes.size(); ++i) {
    SealedSecret changed = sealed;
    changed.bytes[i] = static_cast<char>(changed.bytes[i] ^ 1);
    const auto opened = box_.open(changed, kEndpoint);
    ASSERT_FALSE(opened.has_value()) << i;
    EXPECT_EQ(opened.error().code, ErrorCode::kCorruption);
    EXPECT_FALSE(box_.open(SealedSecret{sealed.bytes.substr(0, i)}, kEndpoint).has_value()) << i;
  }
}

TEST_F(SecretBoxTest, RefusesASecretThatWasMovedToAnotherEndpoint) {
  const SealedSecret sealed = box_.seal(Secret{"hunter22"}, kEndpoint);
  EXPECT_EQ(box_.open(sealed, EndpointId{8}).error().code, ErrorCode::kCorruption);
  EXPECT_EQ(box_.open(sealed, "").error().code, ErrorCode::kCorruption);
}

TEST_F(SecretBoxTest, RefusesAnotherKey) {
  const SealedSecret sealed = box_.seal(Secret{"hunter22"}, kEndpoint);
  const auto opened = SecretBox{key_of(2), random_}.open(sealed, kEndpoint);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorruption);
  EXPECT_FALSE(opened.error().detail.contains("hunter22"));
}

TEST_F(SecretBoxTest, BindsToAnyText) {
  const SealedSecret sealed = box_.seal(Secret{"hunter22"}, "");
  EXPECT_EQ(box_.open(sealed, "")->reveal(), "hunter22");
  EXPECT_FALSE(box_.open(sealed, "x").has_value());
}

}  // namespace
}  // namespace returnflows
