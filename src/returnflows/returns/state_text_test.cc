#include "returnflows/returns/state_text.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/returns/example_return_test.h"
#include "returnflows/returns/random_return_test.h"

namespace returnflows::returns {
namespace {

ReturnState example_state() {
  ReturnState state = example_events(Ending::kFailed).back().snapshot;
  state.item_outcomes = example_outcomes();
  state.processed_totals = state.facts->totals;
  state.facts = nullptr;
  return state;
}

// The text of the example's state with `from` replaced.
std::string altered(std::string_view from, std::string_view to) {
  std::string text = encode_state(example_state());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return text.replace(at, from.size(), to);
}

// The pointer of the member that a text is refused for; "accepted" when it is not.
std::string refused_at(std::string_view text) {
  const Result<ReturnState> state = decode_state(text);
  if (state) return "accepted";
  EXPECT_EQ(state.error().code, ErrorCode::kCorruption);
  return state.error().fields.empty() ? "no field" : state.error().fields.front().pointer;
}

TEST(StateText, BringsBackEveryStateThatRandomCommandsReach) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    RandomReturn random(seed);
    const Settings settings = random.draw_settings();
    ReturnState state;
    Timestamp now{std::chrono::milliseconds{1'770'000'000'000}};
    for (int step = 0; step < 40; ++step) {
      now += random.draw_pause();
      Outcome outcome = decide(state, random.draw_command(state, now), now, settings);
      if (!outcome) continue;
      state = std::move(outcome->state);
      const std::string text = encode_state(state);
      const Result<ReturnState> read = decode_state(text);
      ASSERT_TRUE(read) << read.error().detail << "\n" << text;
      ReturnState expected = state;
      expected.facts.reset();
      ASSERT_EQ(*read, expected) << text;
    }
  }
}

TEST(StateText, BringsBackWhatEveryMemberOfTheExampleHolds) {
  EXPECT_EQ(decode_state(encode_state(example_state())), example_state());
}

TEST(StateText, BringsBackTheFacts) {
  EXPECT_EQ(decode_facts(encode_facts(*example_facts())), *example_facts());
  EXPECT_EQ(decode_facts(encode_facts(ReturnFacts{})), ReturnFacts{});
}

TEST(StateText, BringsBackTextOfEveryKind) {
  ReturnState state;
  state.id = std::string{"\"\\\n\0ø😀", 10};
  const Result<ReturnState> read = decode_state(encode_state(state));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, state.id);
}

TEST(StateText, BringsBackMoneyOfEveryCurrency) {
  ReturnState state;
  for (const std::string_view code : {"DKK", "JPY", "KWD"}) {
    state.payment.due = {.minor = -12'345, .currency = Currency::parse(code).value()};
    EXPECT_EQ(decode_state(encode_state(state))->payment.due, state.payment.due) << code;
  }
}

TEST(StateText, NamesTheMemberThatIsWrong) {
  EXPECT_EQ(refused_at(altered(R"("revision":1)", R"("revision":"1")")), "/revision");
  EXPECT_EQ(refused_at(altered(R"("status":"delivered")", R"("status":"eaten")")),
            "/shipments/0/status");
  EXPECT_EQ(refused_at(altered("791.01 DKK", "791.01")), "/totals/gift_card");
  EXPECT_EQ(refused_at(altered(R"("needs_review":true)", R"("needs_review":1)")),
            "/flags/needs_review");
}

TEST(StateText, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refused_at(altered(R"("label_count")", R"("colour":"red","label_count")")),
            "/label_count");
  EXPECT_EQ(refused_at(altered(R"("source":"easypost)", R"("colour":"red","source":"easypost)")),
            "/shipments/0/scans/0/received_at");
}

TEST(StateText, RefusesAMemberThatIsMissing) {
  EXPECT_EQ(refused_at(altered(R"("revision":1,)", "")), "/revision");
}

TEST(StateText, RefusesAMemberThatStandsTwice) {
  EXPECT_EQ(refused_at(altered(R"("revision":1,)", R"("revision":1,"revision":1,)")), "/events");
}

TEST(StateText, RefusesAnotherVersion) {
  EXPECT_EQ(refused_at(altered(R"("v":1)", R"("v":2)")), "/v");
}

TEST(StateText, RefusesNumbersThatNoReturnReaches) {
  EXPECT_EQ(refused_at(altered(R"("revision":1)", R"("revision":-1)")), "/revision");
  EXPECT_EQ(refused_at(altered(R"("revision":1)", R"("revision":9223372036854775807)")),
            "/revision");
  EXPECT_EQ(refused_at(altered(R"("created_at":)", R"("created_at":99)")), "/created_at");
}

TEST(StateText, RefusesListsBeyondTheirLimits) {
  ReturnState state = example_state();
  state.timeline.resize(limits::kTimelineKept);
  EXPECT_EQ(refused_at(encode_state(state)), "accepted");
  state.timeline.resize(limits::kTimelineKept + 1);
  EXPECT_EQ(refused_at(encode_state(state)), "/timeline");
}

TEST(StateText, RefusesWhatIsNotJson) {
  const std::string text = encode_state(example_state());
  EXPECT_EQ(refused_at(std::string_view{text}.substr(0, text.size() - 1)), "no field");
  EXPECT_EQ(refused_at(""), "no field");
  EXPECT_EQ(refused_at("[]"), "");
}

TEST(StateText, RefusesMoreThanItWouldWrite) {
  const std::string text(limits::kReturnTextBytesMax + 1, ' ');
  EXPECT_EQ(decode_state(text).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace returnflows::returns
