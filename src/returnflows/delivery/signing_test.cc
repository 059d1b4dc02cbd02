#include "returnflows/delivery/signing.h"

#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/random.h"

namespace returnflows {
namespace {

std::string standard(const Signer& signer,
                     std::string_view id,
                     std::int64_t timestamp,
                     std::string_view body) {
  std::string out;
  signer.append_standard_signature(out, id, timestamp, body);
  return out;
}

std::string of_body(const Signer& signer, std::string_view body) {
  std::string out;
  signer.append_body_signature(out, body);
  return out;
}

Signer signer_of(std::string_view secret) {
  return Signer::make(Secret{std::string{secret}}).value();
}

// The vectors that the reference libraries of Standard Webhooks test themselves with.
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kTime = 1614265330;
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

// A secret as a person types it, with letters beyond ASCII. The expected values were computed with
// Python's hmac over the UTF-8 bytes.
constexpr std::string_view kTyped = "hemmelig nøgle æøå";
constexpr std::string_view kTypedBody =
    R"({"type":"return.created","note":"Størrelse 42 – byttes"})";

TEST(StandardSignature, MatchesThePublishedVectors) {
  EXPECT_EQ(standard(signer_of(kSecret), kId, kTime, kBody), kSignature);
  EXPECT_EQ(standard(signer_of("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
                     "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                     1649367553,
                     R"({"email":"test@example.com","username":"test_user"})"),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
}

TEST(StandardSignature, OfATypedSecretUsesItsUtf8Bytes) {
  EXPECT_EQ(standard(signer_of(kTyped), "evt_01KGE6Q2V8ZX3M5N7P9QRSTVWX", 1770000000, kTypedBody),
            "v1,yfxDdjTaCZuu/mibOl+6l1I5d/r1Pk9I8sGCEuG8fn0=");
}

TEST(StandardSignature, IsTheSameHoweverOftenTheSignerWasUsedBefore) {
  const Signer signer = signer_of(kSecret);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(standard(signer, "msg_1", 0, ""), "v1,ij2G0S51rXTp+PMwqJOjeWFLEpktT32X6cQ9P08rbws=");
    EXPECT_EQ(standard(signer, kId, kTime, kBody), kSignature);
  }
}

TEST(StandardSignature, IsAppended) {
  std::string out = "webhook-signature: ";
  signer_of(kSecret).append_standard_signature(out, kId, kTime, kBody);
  EXPECT_EQ(out, "webhook-signature: " + std::string{kSignature});
}

TEST(BodySignature, MatchesThePublishedVectorOfGitHub) {
  EXPECT_EQ(of_body(signer_of("It's a Secret to Everybody"), "Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST(BodySignature, UsesTheSecretStringAsTypedAlsoWhenItHasThePrefix) {
  EXPECT_EQ(of_body(signer_of(kSecret), kBody),
            "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c");
  EXPECT_EQ(of_body(signer_of(kSecret), ""),
            "sha256=da5f5865984e699a69cfec62ce49a76daf8ae4601b54a781fa13f3b2d3b2088a");
  EXPECT_EQ(of_body(signer_of(kTyped), kTypedBody),
            "sha256=4d1b17a2206d33929be629a0255e797f9a8e218d917e54dede5646713cf389f9");
}

TEST(Signer, IsNotMadeFromABadSecret) {
  const auto made = Signer::make(Secret{"short"});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidInput);
}

TEST(CheckSecret, TakesPrefixedBase64OfTwentyFourToSixtyFourBytes) {
  EXPECT_TRUE(check_secret(kSecret).has_value());
  EXPECT_TRUE(check_secret("whsec_" + std::string(84, 'A') + "AA==").has_value());
  EXPECT_TRUE(check_secret("whsec_" + std::string(32, 'A')).has_value());
}

TEST(CheckSecret, RefusesThePrefixBeforeAnythingElse) {
  for (const std::string_view bad : {"whsec_",
                                     "whsec_hello world, hello world",
                                     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
                                     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ",
                                     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
                                     "whsec_bXkgc2VjcmV0IQ=="}) {
    const auto checked = check_secret(bad);
    ASSERT_FALSE(checked.has_value()) << bad;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidInput);
    EXPECT_TRUE(checked.error().detail.contains("whsec_")) << checked.error().detail;
  }
  EXPECT_FALSE(check_secret("whsec_" + std::string(88, 'A')).has_value());  // 66 bytes.
}

TEST(CheckSecret, TakesWhatPeopleType) {
  for (const std::string_view good :
       std::initializer_list<std::string_view>{"hunter22",
                                               "It's a Secret to Everybody",
                                               "my secret!",
                                               kTyped,
                                               "秘密の鍵",
                                               "MfKQ9r8GKYqr"}) {
    EXPECT_TRUE(check_secret(good).has_value()) << good;
  }
  EXPECT_TRUE(check_secret(std::string(255, '~')).has_value());
}

TEST(CheckSecret, RefusesSecretsThatAreTooShortOrTooLong) {
  EXPECT_FALSE(check_secret("").has_value());
  EXPECT_FALSE(check_secret("1234567").has_value());
  EXPECT_FALSE(check_secret(std::string(256, '~')).has_value());
}

TEST(CheckSecret, RefusesWhatCannotBeSeenOrIsNotUtf8) {
  for (const std::string_view bad : {std::string_view("12345678\0", 9),
                                     std::string_view{"12345678\n"},
                                     std::string_view{"1234\t5678"},
                                     std::string_view{"12345678\x7F"},
                                     std::string_view{"12345678\u0085"},
                                     std::string_view{"1234\u200B5678"},
                                     std::string_view{"\uFEFF12345678"},
                                     std::string_view{"1234\u20285678"},
                                     std::string_view{"12345678\xFF"},
                                     std::string_view{"12345678\xC0\xAF"},
                                     std::string_view{"12345678\xED\xA0\x80"},
                                     std::string_view{"12345678\xF4\x90\x80\x80"},
                                     std::string_view{"12345678\xE2\x82"}}) {
    const auto checked = check_secret(bad);
    ASSERT_FALSE(checked.has_value());
    EXPECT_FALSE(checked.error().detail.contains("1234")) << "The secret leaks into the error.";
  }
}

TEST(GenerateSecret, MakesDistinctSecretsOfThirtyTwoBytes) {
  SystemRandom random;
  const Secret first = generate_secret(random);
  EXPECT_TRUE(check_secret(first.reveal()).has_value());
  EXPECT_EQ(first.reveal().size(), 6U + 44U);
  EXPECT_NE(first.reveal(), generate_secret(random).reveal());
}

TEST(LibraryForm, LeavesAPrefixedSecretAndEncodesATypedOne) {
  EXPECT_EQ(library_form(Secret{std::string{kSecret}}).reveal(), kSecret);
  EXPECT_EQ(library_form(Secret{"my secret!"}).reveal(), "whsec_bXkgc2VjcmV0IQ==");
  EXPECT_EQ(library_form(Secret{std::string{kTyped}}).reveal(),
            "whsec_aGVtbWVsaWcgbsO4Z2xlIMOmw7jDpQ==");
}

// The published vector as a question whose answer is yes; tests change one thing in it.
SignatureQuestion good_question() {
  return {.id = kId,
          .timestamp = "1614265330",
          .signature = kSignature,
          .body = kBody,
          .now_seconds = kTime};
}

Status verify(const SignatureQuestion& question) {
  return verify_standard_signature(Secret{std::string{kSecret}}, question);
}

void expect_refused(const SignatureQuestion& question, std::string_view word) {
  const auto verified = verify(question);
  ASSERT_FALSE(verified.has_value()) << word;
  EXPECT_EQ(verified.error().code, ErrorCode::kUnauthorized);
  EXPECT_TRUE(verified.error().detail.contains(word)) << verified.error().detail;
}

TEST(VerifyStandardSignature, AcceptsThePublishedVector) {
  EXPECT_TRUE(verify(good_question()).has_value());
}

TEST(VerifyStandardSignature, FindsTheMatchingEntryInAList) {
  SignatureQuestion question = good_question();
  const std::string list =
      "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= "
      "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= " +
      std::string{kSignature} + " v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
  question.signature = list;
  EXPECT_TRUE(verify(question).has_value());
}

TEST(VerifyStandardSignature, RefusesMissingHeaders) {
  SignatureQuestion question = good_question();
  question.id = "";
  expect_refused(question, "webhook-id header is missing");
  question = good_question();
  question.timestamp = "";
  expect_refused(question, "webhook-timestamp header is missing");
  question = good_question();
  question.signature = "";
  expect_refused(question, "webhook-signature header is missing");
}

TEST(VerifyStandardSignature, RefusesWrongAndCutSignatures) {
  for (const std::string_view bad : {"v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
                                     "v1,",
                                     "v1,g0hM9SsE",
                                     "v1, g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
                                     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=="}) {
    SignatureQuestion question = good_question();
    question.signature = bad;
    expect_refused(question, "No v1 signature matches");
  }
}

TEST(VerifyStandardSignature, RefusesOtherVersions) {
  for (const std::string_view bad : {" ",
                                     "   ",
                                     "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                     "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                     "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/"
                                     "enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="}) {
    SignatureQuestion question = good_question();
    question.signature = bad;
    expect_refused(question, "no entry that begins with v1");
  }
}

TEST(VerifyStandardSignature, RefusesWhatWasNotSigned) {
  SignatureQuestion question = good_question();
  question.body = R"({"test":2432232314})";
  expect_refused(question, "No v1 signature matches");
  question = good_question();
  question.id = "msg_other";
  expect_refused(question, "No v1 signature matches");
  question = good_question();
  question.timestamp = "1614265331";
  expect_refused(question, "No v1 signature matches");
}

TEST(VerifyStandardSignature, ToleratesFiveMinutesEitherWayAndNotASecondMore) {
  SignatureQuestion question = good_question();
  question.now_seconds = kTime + 300;
  EXPECT_TRUE(verify(question).has_value());
  question.now_seconds = kTime - 300;
  EXPECT_TRUE(verify(question).has_value());
  question.now_seconds = kTime + 301;
  expect_refused(question, "301 seconds old");
  question.now_seconds = kTime - 301;
  expect_refused(question, "301 seconds in the future");
}

TEST(VerifyStandardSignature, RefusesTimestampsThatAreNotUnixSeconds) {
  for (const std::string_view bad : {"-1614265330",
                                     "+1614265330",
                                     "1614265330.5",
                                     " 1614265330",
                                     "2021-02-25T15:02:10Z",
                                     "99999999999999999999",
                                     "-0"}) {
    SignatureQuestion question = good_question();
    question.timestamp = bad;
    expect_refused(question, "not a number of unix seconds");
  }
}

TEST(VerifyStandardSignature, SaysThatTheSecretIsBadRatherThanTheRequest) {
  const auto verified = verify_standard_signature(Secret{"whsec_"}, good_question());
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace returnflows
