#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/returns/invariants_test.h"
#include "returnflows/returns/random_return_test.h"

// Random commands on random returns in simulated time; every invariant after each of them.
namespace returnflows::returns {
namespace {

constexpr std::uint64_t kSeedDefault = 20260202;
// About 5 s under the sanitizers. RF_LIFECYCLE_COMMANDS asks for another number.
constexpr std::uint64_t kCommandsDefault = 1'000'000;
constexpr int kCommandsPerReturn = 60;
constexpr Timestamp kStart{std::chrono::milliseconds{1'770'000'000'000}};

std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return fallback;
  const std::string_view digits{text};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() ? number : fallback;
}

struct Coverage {
  std::uint64_t commands = 0;
  std::uint64_t taken = 0;
  EventTypeSet reached;
};

// One return from its creation on.
class History {
 public:
  History(std::uint64_t seed, Coverage& coverage)
      : random_(seed), settings_(random_.draw_settings()), coverage_(coverage) {}

  // Returns what was broken first; "" when nothing was.
  std::string run() {
    for (int step = 0; step < kCommandsPerReturn; ++step) {
      if (draw_new_settings_sometimes(); !broken_.empty()) return broken_;
      pass(random_.draw_pause());
      give(random_.draw_command(state_, now_));
      if (!broken_.empty()) return broken_;
    }
    return "";
  }

 private:
  void draw_new_settings_sometimes() {
    if (!random_.draw_one_in(50) || state_.lifecycle == Lifecycle::kNone) return;
    settings_ = random_.draw_settings();
    give({.body = ReviewSettings{}, .actor = system_actor(), .correlation_id = {}});
  }

  void pass(std::chrono::milliseconds time) {
    const Timestamp end = now_ + time;
    while (broken_.empty()) {
      const auto next = std::ranges::min_element(timers_, {}, &Timer::due_at);
      if (next == timers_.end() || next->due_at > end) break;
      now_ = std::max(now_, next->due_at);
      const Timer fired = *next;
      give({.body = FireTimer{.kind = fired.kind}, .actor = system_actor(), .correlation_id = {}});
      if (std::ranges::find(timers_, fired) != timers_.end()) broken_ = "a timer fires for ever";
    }
    now_ = std::max(now_, end);
  }

  void give(const Command& command) {
    coverage_.commands += 1;
    const auto name = name_of(command.body);
    const auto allowed = allowed_commands(state_, command.actor.type);
    Outcome outcome = decide(state_, command, now_, settings_);
    // What is wrong with the command alone says nothing about the state.
    const bool is_malformed = !outcome && !outcome.error().fields.empty();
    if (name && !is_malformed &&
        outcome.has_value() != (std::ranges::find(allowed, *name) != allowed.end()))
      broken_ = "allowed_commands() and decide() disagree";
    if (!outcome) return;
    coverage_.taken += 1;
    state_ = outcome->state;
    timers_ = outcome->timers;
    check(*outcome, command);
  }

  void check(const Decision& decision, const Command& command) {
    for (const Event& event : decision.events) {
      coverage_.reached.set(index_of(event.type));
      for (const auto& invariant : invariants_)
        note(invariant->on_event(event));
    }
    for (const auto& invariant : invariants_)
      note(invariant->on_decision(decision, command));
  }

  void note(std::string sentence) {
    if (broken_.empty()) broken_ = std::move(sentence);
  }

  RandomReturn random_;
  Settings settings_;
  Coverage& coverage_;
  Timestamp now_ = kStart;
  ReturnState state_;
  std::vector<Timer> timers_;
  std::vector<std::unique_ptr<Invariant>> invariants_ = all_invariants();
  std::string broken_;
};

TEST(Lifecycle, HoldsAllInvariantsUnderRandomCommands) {
  const std::uint64_t seed = number_from("RF_LIFECYCLE_SEED", kSeedDefault);
  const std::uint64_t wanted = number_from("RF_LIFECYCLE_COMMANDS", kCommandsDefault);
  Coverage coverage;
  for (std::uint64_t number = 0; coverage.commands < wanted; ++number) {
    const std::string broken = History{seed + number, coverage}.run();
    ASSERT_EQ(broken, "") << "again with RF_LIFECYCLE_SEED=" << seed + number
                          << " RF_LIFECYCLE_COMMANDS=1";
  }
  for (const EventType type : all_event_types())
    EXPECT_TRUE(coverage.reached.test(index_of(type))) << event_type_name(type);
  std::cout << "seed " << seed << ": " << coverage.commands << " commands, " << coverage.taken
            << " taken\n";
}

}  // namespace
}  // namespace returnflows::returns
