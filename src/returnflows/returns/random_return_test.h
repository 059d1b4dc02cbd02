#pragma once

#include <cstdint>
#include <random>

#include "returnflows/base/clock.h"
#include "returnflows/returns/decision.h"

namespace returnflows::returns {

// Draws settings and commands for one return, the same ones for the same seed. What it draws is
// often refused: the rules must hold whatever is asked.
class RandomReturn {
 public:
  explicit RandomReturn(std::uint64_t seed) : random_(seed) {}

  Settings draw_settings();

  // What may follow in `state`: mostly commands of people and scans, else the answer to a payout
  // under way or one of the `timers`.
  Command draw_command(const ReturnState& state, Timestamp now);

  // How long nothing happens: from nothing to ten days, mostly hours.
  std::chrono::milliseconds draw_pause();

  bool draw_one_in(std::uint32_t count) { return below(count) == 0; }

 private:
  // mt19937_64 draws the same everywhere; the distributions of the standard library do not.
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  CreateReturn draw_creation();
  CreateReturn draw_creation_without_facts();
  CarrierScan draw_scan(const ReturnState& state, Timestamp now);
  CommandBody draw_payout_answer(const ReturnState& state);
  CheckAfterClose draw_check(const ReturnState& state);
  CommandBody draw_given_command(const ReturnState& state);
  ProcessReturn draw_processing(const ReturnState& state);

  std::mt19937_64 random_;
  std::uint32_t label_number_ = 0;
};

}  // namespace returnflows::returns
