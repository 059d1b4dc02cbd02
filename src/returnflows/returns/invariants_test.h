#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "returnflows/returns/decision.h"

namespace returnflows::returns {

// One thing that holds for every history of a return. It sees each event as it is emitted and each
// decision as a whole, and keeps what it needs to know of the past itself: the state under test is
// never its witness.
class Invariant {
 public:
  Invariant() = default;
  Invariant(const Invariant&) = delete;
  Invariant& operator=(const Invariant&) = delete;
  virtual ~Invariant() = default;

  // Returns what is broken, as a sentence; "" when nothing is.
  virtual std::string on_event(const Event& event) = 0;

  virtual std::string on_decision(const Decision& decision, const Command& command) {
    static_cast<void>(decision);
    static_cast<void>(command);
    return "";
  }
};

// All of docs/returns.md#invariants, for one return.
std::vector<std::unique_ptr<Invariant>> all_invariants();

}  // namespace returnflows::returns
