#include "returnflows/dispatch/payout_answer.h"

#include <string>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

using Kind = PayoutAnswer::Kind;

Attempt answered(int status, std::string body = {}) {
  Attempt attempt;
  attempt.status = status;
  attempt.remote_address = "203.0.113.7:443";
  attempt.answer_body = std::move(body);
  return attempt;
}

Attempt unanswered(AttemptResult result, std::string detail = {}, std::string address = {}) {
  Attempt attempt;
  attempt.result = result;
  attempt.error_detail = std::move(detail);
  attempt.remote_address = std::move(address);
  return attempt;
}

// --- The POST ---

TEST(PayoutOrderAnswer, AnyTwoHundredIsSettled) {
  for (const int status : {200, 201, 202, 204}) {
    EXPECT_EQ(judge_payout_order(answered(status)).kind, Kind::kSettled) << status;
  }
}

TEST(PayoutOrderAnswer, TakesWhatASettledPayoutIsCalled) {
  const auto answer = judge_payout_order(
      answered(200, R"({"external_id":"re_1","last_characters":"WXYZ","more":[1]})"));
  EXPECT_EQ(answer.external_id, "re_1");
  EXPECT_EQ(answer.last_characters, "WXYZ");
}

TEST(PayoutOrderAnswer, TakesAnIdThatIsANumber) {
  EXPECT_EQ(judge_payout_order(answered(200, R"({"external_id":77})")).external_id, "77");
}

TEST(PayoutOrderAnswer, AcceptsABodyThatSaysNothing) {
  for (const char* body : {"",
                           "ok",
                           "[]",
                           "null",
                           "{}",
                           "{\"external_id\":null}",
                           "{\"a\":",
                           "{\"external_id\":{}}",
                           "{\"external_id\":\"\"}",
                           "\xFF\xFE"}) {
    const auto answer = judge_payout_order(answered(200, body));
    EXPECT_EQ(answer.kind, Kind::kSettled) << body;
    EXPECT_EQ(answer.external_id, std::nullopt) << body;
  }
}

TEST(PayoutOrderAnswer, LeavesOutAnIdThatIsTooLong) {
  const std::string body = R"({"external_id":")" + std::string(256, 'x') + "\"}";
  EXPECT_EQ(judge_payout_order(answered(200, body)).external_id, std::nullopt);
}

TEST(PayoutOrderAnswer, DoesNotTrustABodyThatWasCut) {
  Attempt attempt = answered(200, R"({"external_id":"re_1"})");
  attempt.answer_body_cut = true;
  EXPECT_EQ(judge_payout_order(attempt).kind, Kind::kSettled);
  EXPECT_EQ(judge_payout_order(attempt).external_id, std::nullopt);
}

TEST(PayoutOrderAnswer, IsSettledByItsStatusHoweverLongTheBodyIs) {
  Attempt attempt = answered(200, "xxx");
  attempt.result = AttemptResult::kAnswerTooLarge;
  EXPECT_EQ(judge_payout_order(attempt).kind, Kind::kSettled);
}

TEST(PayoutOrderAnswer, AFourHundredRefuses) {
  for (const int status : {400, 401, 402, 404, 422, 429}) {
    const auto answer = judge_payout_order(answered(status));
    EXPECT_EQ(answer.kind, Kind::kRefused) << status;
    EXPECT_FALSE(answer.is_doubtful) << status;
    EXPECT_FALSE(answer.error.is_retryable) << status;
  }
}

TEST(PayoutOrderAnswer, ATimeoutOrConflictAtTheProviderIsADoubtfulRefusal) {
  for (const int status : {408, 409}) {
    const auto answer = judge_payout_order(answered(status));
    EXPECT_EQ(answer.kind, Kind::kRefused) << status;
    EXPECT_TRUE(answer.is_doubtful) << status;
  }
}

TEST(PayoutOrderAnswer, GivesTheProvidersCodeAndMessage) {
  const auto answer = judge_payout_order(
      answered(402, R"({"error":{"code":"card_closed","message":"The card is closed."}})"));
  EXPECT_EQ(answer.error.code, "card_closed");
  EXPECT_EQ(answer.error.message, "The card is closed.");
}

TEST(PayoutOrderAnswer, TakesATextForAMessage) {
  const auto answer = judge_payout_order(answered(402, R"({"error":"The card is closed."})"));
  EXPECT_EQ(answer.error.code, "http_402");
  EXPECT_EQ(answer.error.message, "The card is closed.");
}

TEST(PayoutOrderAnswer, MakesASentenceWhenTheProviderHasNone) {
  for (const char* body : {"", "<html>", R"({"error":7})", R"({"error":{}})", R"({"error":""})"}) {
    const auto answer = judge_payout_order(answered(402, body));
    EXPECT_EQ(answer.error.code, "http_402") << body;
    EXPECT_EQ(answer.error.message, "The payout provider answered 402.") << body;
  }
}

TEST(PayoutOrderAnswer, CutsAndCleansWhatTheProviderSays) {
  const std::string body = R"({"error":{"code":")" + std::string(300, 'c') +
                           R"(","message":"a\nb\u0000)" + std::string(496, 'x') + "\u00E6\"}}";
  const auto answer = judge_payout_order(answered(400, body));
  EXPECT_EQ(answer.error.code, std::string(64, 'c'));
  EXPECT_EQ(answer.error.message, "a b " + std::string(496, 'x'));
}

TEST(PayoutOrderAnswer, NeverCutsACharacterInTwo) {
  const std::string body = R"({"error":")" + std::string(499, 'x') + "\u00E6\"}";
  EXPECT_EQ(judge_payout_order(answered(400, body)).error.message, std::string(499, 'x'));
}

TEST(PayoutOrderAnswer, ARedirectRefusesAndSaysWhy) {
  for (const int status : {301, 302, 307, 308}) {
    const auto answer = judge_payout_order(answered(status, R"({"error":"moved"})"));
    EXPECT_EQ(answer.kind, Kind::kRefused) << status;
    EXPECT_NE(answer.error.message.find("redirects are not followed"), std::string::npos) << status;
  }
}

TEST(PayoutOrderAnswer, AFiveHundredSaysNothing) {
  const auto answer = judge_payout_order(answered(503, R"({"error":"closed for lunch"})"));
  EXPECT_EQ(answer.kind, Kind::kNothing);
  EXPECT_TRUE(answer.may_have_arrived);
  EXPECT_EQ(answer.error.code, "http_503");
  EXPECT_EQ(answer.error.message, "closed for lunch");
  EXPECT_TRUE(answer.error.is_retryable);
}

TEST(PayoutOrderAnswer, AStatusThatIsNoneOfTheseSaysNothing) {
  EXPECT_EQ(judge_payout_order(answered(101)).kind, Kind::kNothing);
  EXPECT_EQ(judge_payout_order(answered(600)).kind, Kind::kNothing);
}

TEST(PayoutOrderAnswer, WithoutAnAnswerNothingIsKnown) {
  const auto answer = judge_payout_order(
      unanswered(AttemptResult::kReset, "the connection ended before an answer came", "1.2.3.4:1"));
  EXPECT_EQ(answer.kind, Kind::kNothing);
  EXPECT_EQ(answer.error.code, "reset");
  EXPECT_EQ(answer.error.message,
            "The payout provider gave no answer: the connection ended before an answer came.");
}

TEST(PayoutOrderAnswer, CertainlyNeverArrivedWithoutAConnection) {
  for (const AttemptResult result : {AttemptResult::kDnsFailed,
                                     AttemptResult::kBlockedAddress,
                                     AttemptResult::kConnectRefused,
                                     AttemptResult::kConnectFailed,
                                     AttemptResult::kTlsFailed,
                                     AttemptResult::kBadUrl,
                                     AttemptResult::kTimedOut}) {
    EXPECT_FALSE(judge_payout_order(unanswered(result)).may_have_arrived)
        << attempt_result_name(result);
  }
}

TEST(PayoutOrderAnswer, MayHaveArrivedOverAnyConnection) {
  for (const AttemptResult result : {AttemptResult::kTimedOut,
                                     AttemptResult::kReset,
                                     AttemptResult::kBadAnswer,
                                     AttemptResult::kAnswerTooLarge}) {
    EXPECT_TRUE(judge_payout_order(unanswered(result, {}, "1.2.3.4:80")).may_have_arrived)
        << attempt_result_name(result);
  }
}

// --- The GET ---

TEST(PayoutQuestionAnswer, TakesTheThreeStatuses) {
  EXPECT_EQ(judge_payout_question(answered(200, R"({"status":"settled"})")).kind, Kind::kSettled);
  EXPECT_EQ(judge_payout_question(answered(200, R"({"status":"pending"})")).kind, Kind::kPending);
  EXPECT_EQ(judge_payout_question(answered(200, R"({"status":"failed"})")).kind, Kind::kRefused);
}

TEST(PayoutQuestionAnswer, TakesWhatASettledPayoutIsCalled) {
  EXPECT_EQ(judge_payout_question(answered(200, R"({"status":"settled","external_id":"re_1"})"))
                .external_id,
            "re_1");
}

TEST(PayoutQuestionAnswer, GivesTheErrorOfAFailedOne) {
  const auto answer = judge_payout_question(
      answered(200, R"({"status":"failed","error":{"code":"returned","message":"Sent back."}})"));
  EXPECT_EQ(answer.error.code, "returned");
  EXPECT_EQ(answer.error.message, "Sent back.");
  EXPECT_EQ(judge_payout_question(answered(200, R"({"status":"failed"})")).error.code,
            "payout_failed");
}

TEST(PayoutQuestionAnswer, NotFoundMeansThatTheProviderDoesNotKnowIt) {
  const auto answer = judge_payout_question(answered(404, R"({"error":"who?"})"));
  EXPECT_EQ(answer.kind, Kind::kUnknown);
  EXPECT_EQ(answer.error.code, "unknown_payout");
}

TEST(PayoutQuestionAnswer, AnythingElseSaysNothing) {
  for (const Attempt& attempt : {answered(200),
                                 answered(200, "settled"),
                                 answered(200, R"({"status":"SETTLED"})"),
                                 answered(200, R"({"status":7})"),
                                 answered(202, R"({"status":"settled"})"),
                                 answered(302),
                                 answered(401),
                                 answered(410),
                                 answered(500),
                                 unanswered(AttemptResult::kTimedOut)}) {
    EXPECT_EQ(judge_payout_question(attempt).kind, Kind::kNothing)
        << attempt.status << attempt.answer_body;
  }
}

}  // namespace
}  // namespace returnflows
