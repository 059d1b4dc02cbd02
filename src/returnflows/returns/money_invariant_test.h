#pragma once

#include <memory>

#include "returnflows/returns/invariants_test.h"

namespace returnflows::returns {

// Invariant 12: the payouts come to what the totals promise, and nothing is below zero.
std::unique_ptr<Invariant> money_invariant();

}  // namespace returnflows::returns
