#pragma once

#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/returns/return_state.h"

// What a store keeps of a return: two JSON texts with a version each, the state, which every commit
// writes anew, and the facts, which are written once. Pure. Source: docs/formats/return_state.md.
namespace returnflows::returns {

// All of `state` but its facts. Text that is not UTF-8 comes out with U+FFFD in its place.
std::string encode_state(const ReturnState& state);

// The state that encode_state() wrote; its `facts` are null.
//
// Strict: every member in its place and of its type, nothing unknown, lists within their limits.
// Errors: kCorruption with one FieldError that points at the member; kTooLarge beyond
// limits::kReturnTextBytesMax.
Result<ReturnState> decode_state(std::string_view text);

std::string encode_facts(const ReturnFacts& facts);

// The facts that encode_facts() wrote. Strict, with the errors of decode_state().
Result<ReturnFacts> decode_facts(std::string_view text);

}  // namespace returnflows::returns
