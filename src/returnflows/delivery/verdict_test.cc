#include "returnflows/delivery/verdict.h"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/delivery/attempt_sentence.h"

namespace returnflows {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{1'770'000'000'000ms};

Attempt answered(int status) {
  Attempt attempt;
  attempt.status = status;
  return attempt;
}

Attempt failed(AttemptResult result) {
  Attempt attempt;
  attempt.result = result;
  return attempt;
}

Verdict judge(const Attempt& attempt, SuccessRule success = SuccessRule::kOnly200) {
  return classify(attempt, success, kNow);
}

TEST(Classify, TakesOnly200AsDeliveredByDefault) {
  for (int status = 100; status <= 599; ++status) {
    EXPECT_EQ(judge(answered(status)).delivered, status == 200) << status;
  }
}

TEST(Classify, TakesAny2xxAsDeliveredWhenTheEndpointSaysSo) {
  for (int status = 100; status <= 599; ++status) {
    EXPECT_EQ(judge(answered(status), SuccessRule::kAny2xx).delivered, status / 100 == 2) << status;
  }
}

TEST(Classify, NeverTakesAnAttemptWithoutAWholeAnswerAsDelivered) {
  for (int i = 1; i <= static_cast<int>(AttemptResult::kBadUrl); ++i) {
    Attempt attempt = failed(static_cast<AttemptResult>(i));
    attempt.status = 200;  // As when the body broke off behind the head.
    EXPECT_FALSE(judge(attempt, SuccessRule::kAny2xx).delivered) << i;
    EXPECT_FALSE(judge(attempt).delivered) << i;
  }
}

TEST(Classify, DisablesTheEndpointOn410Only) {
  for (int status = 200; status <= 599; ++status) {
    EXPECT_EQ(judge(answered(status)).disable_endpoint, status == 410) << status;
  }
  Attempt broken = failed(AttemptResult::kReset);
  broken.status = 410;
  EXPECT_FALSE(judge(broken).disable_endpoint);
}

TEST(Classify, SeesOverloadIn429And502To504AndTimeouts) {
  const std::set<int> overloads{429, 502, 503, 504};
  for (int status = 200; status <= 599; ++status) {
    EXPECT_EQ(judge(answered(status)).overloaded, overloads.contains(status)) << status;
  }
  EXPECT_TRUE(judge(failed(AttemptResult::kTimedOut)).overloaded);
  EXPECT_FALSE(judge(failed(AttemptResult::kConnectRefused)).overloaded);
}

TEST(Classify, HoldsTheEndpointByRetryAfterOn429And503Only) {
  for (int status = 200; status <= 599; ++status) {
    Attempt attempt = answered(status);
    attempt.retry_after = "120";
    const auto hold = judge(attempt).hold_endpoint;
    EXPECT_EQ(hold.has_value(), status == 429 || status == 503) << status;
    if (hold) EXPECT_EQ(*hold, 120s);
  }
}

TEST(Classify, BoundsTheHoldToOneDayAndIgnoresNonsense) {
  Attempt attempt = answered(503);
  attempt.retry_after = "999999999";
  EXPECT_EQ(judge(attempt).hold_endpoint, 24h);
  for (const char* nothing : {"", "0", "soon", "-5", "Sun, 06 Nov 1994 08:49:37 GMT"}) {
    attempt.retry_after = nothing;
    EXPECT_EQ(judge(attempt).hold_endpoint, std::nullopt) << nothing;
  }
}

TEST(Classify, SaysThatAnotherSuccessStatusIsBeingRetriedAndWhy) {
  EXPECT_EQ(judge(answered(204)).sentence,
            "The endpoint answered 204, and only 200 counts as delivered. Let it answer 200, or "
            "set success to any_2xx.");
  EXPECT_EQ(judge(answered(204), SuccessRule::kAny2xx).sentence,
            "The endpoint answered 204, which counts as delivered.");
}

TEST(Classify, NamesWhereARedirectLeads) {
  Attempt attempt = answered(308);
  attempt.answer_headers =
      "server: x\r\nLOCATION: \t https://example.com/new?a=1 \r\ncontent-length: 0";
  EXPECT_EQ(judge(attempt).sentence,
            "The endpoint answered 308: redirects are never followed. Update the URL to "
            "https://example.com/new?a=1.");
}

TEST(Classify, SaysSoWhenARedirectLeadsNowhere) {
  for (const char* headers : {"", "x-location: /a", "location", "location:  \r\n", "\r\n\r\n"}) {
    Attempt attempt = answered(302);
    attempt.answer_headers = headers;
    EXPECT_TRUE(
        judge(attempt).sentence.ends_with("Update the URL to the one that it redirects to."))
        << headers;
  }
}

TEST(Classify, QuotesTheReceiverAsOneShortLineOfVisibleAscii) {
  Attempt attempt = answered(301);
  attempt.answer_headers = "location: https://a/\x1B[31m\xC3\xB8\n" + std::string(10'000, 'x');
  const std::string sentence = judge(attempt).sentence;
  EXPECT_LT(sentence.size(), 500U);
  for (const char c : sentence)
    EXPECT_TRUE(c >= 0x20 && c <= 0x7E);
  EXPECT_TRUE(sentence.contains("https://a/?[31m???xxx"));
}

TEST(Classify, SaysHowLongAHoldLasts) {
  Attempt attempt = answered(429);
  attempt.retry_after = "90";
  EXPECT_EQ(judge(attempt).sentence,
            "The endpoint answered 429: it gets too many requests, so sending to it slows down. It "
            "asked for a pause of 90 seconds; nothing is sent to it until then.");
}

TEST(Classify, HasAFixForTheStatusesThatPeopleMeet) {
  const std::vector<std::pair<int, std::string_view>> expected{{401, "secret"},
                                                               {403, "firewall"},
                                                               {404, "Check the URL"},
                                                               {405, "POST"},
                                                               {410, "Resume it"},
                                                               {413, "body limit"},
                                                               {415, "application/json"},
                                                               {422, "refused"},
                                                               {418, "refused"},
                                                               {500, "receiver's log"},
                                                               {502, "proxy"},
                                                               {503, "not available"},
                                                               {504, "proxy"},
                                                               {599, "receiver's log"},
                                                               {100, "what listens"}};
  for (const auto& [status, word] : expected) {
    const std::string sentence = judge(answered(status)).sentence;
    EXPECT_TRUE(sentence.starts_with("The endpoint answered " + std::to_string(status)))
        << sentence;
    EXPECT_TRUE(sentence.contains(word)) << sentence;
    EXPECT_TRUE(sentence.ends_with('.')) << sentence;
  }
}

TEST(Classify, HasItsOwnSentenceForEveryResultAndPutsTheDetailIn) {
  std::set<std::string> sentences;
  for (int i = 1; i <= static_cast<int>(AttemptResult::kBadUrl); ++i) {
    Attempt attempt = failed(static_cast<AttemptResult>(i));
    attempt.error_detail = "the detail.";
    const std::string sentence = judge(attempt).sentence;
    EXPECT_TRUE(sentence.contains(" (the detail)")) << sentence;
    EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    sentences.insert(sentence);
  }
  EXPECT_EQ(sentences.size(), 10U);
}

TEST(Classify, SaysHowLongATimedOutAttemptWaited) {
  Attempt attempt = failed(AttemptResult::kTimedOut);
  attempt.timings.total = 15'000'400us;
  EXPECT_TRUE(judge(attempt).sentence.contains("within 15000 ms."));
}

const std::vector<std::chrono::seconds> kDelays{5s, 30s, 120s};

TEST(NextAttempt, FollowsTheScheduleAndThenIsExhausted) {
  const auto at = [](int number) {
    return next_attempt_at({.delays = kDelays, .attempt_number = number, .now = kNow});
  };
  EXPECT_EQ(at(1), kNow + 5s);
  EXPECT_EQ(at(2), kNow + 30s);
  EXPECT_EQ(at(3), kNow + 120s);
  EXPECT_EQ(at(4), std::nullopt);
  EXPECT_EQ(at(1'000'000), std::nullopt);
}

TEST(NextAttempt, IsSpreadByTwentyPerCentEitherWay) {
  const auto at = [](double unit) {
    return next_attempt_at({.delays = kDelays, .attempt_number = 2, .now = kNow, .unit = unit});
  };
  EXPECT_EQ(at(0.0), kNow + 24s);
  EXPECT_EQ(at(0.5), kNow + 30s);
  EXPECT_EQ(at(0.75), kNow + 33s);
  EXPECT_EQ(at(0x1.fffffffffffffp-1), kNow + 36s);
}

TEST(NextAttempt, IsNeverBeforeAHoldAndNotMovedByAnEarlierOne) {
  RetryQuestion question{.delays = kDelays, .attempt_number = 1, .now = kNow};
  question.hold_until = kNow + 1h;
  EXPECT_EQ(next_attempt_at(question), kNow + 1h);
  question.hold_until = kNow + 1s;
  EXPECT_EQ(next_attempt_at(question), kNow + 5s);
}

TEST(NextAttempt, IsExhaustedAtOnceWithoutASchedule) {
  EXPECT_EQ(next_attempt_at({.attempt_number = 1, .now = kNow}), std::nullopt);
}

TEST(NextAttempt, IsExhaustedAfterTheScheduleEvenWhileAHoldLasts) {
  RetryQuestion question{.delays = kDelays, .attempt_number = 4, .now = kNow};
  question.hold_until = kNow + 1h;
  EXPECT_EQ(next_attempt_at(question), std::nullopt);
}

}  // namespace
}  // namespace returnflows
