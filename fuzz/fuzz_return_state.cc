// The text of a return comes from the disk. Whatever stands there, it is refused with its place or
// means a return, and that return written again means the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/check.h"
#include "returnflows/returns/settings.h"
#include "returnflows/returns/snapshot.h"
#include "returnflows/returns/state_text.h"

namespace returnflows::returns {
namespace {

void check_refused(const Error& error) {
  RF_CHECK(error.code == ErrorCode::kCorruption);
  RF_CHECK(!error.detail.empty());
  RF_CHECK(error.fields.size() <= 1);
}

void check_state(std::string_view text) {
  const Result<ReturnState> state = decode_state(text);
  if (!state) {
    check_refused(state.error());
    return;
  }
  const Result<ReturnState> again = decode_state(encode_state(*state));
  RF_CHECK(again.has_value() && *again == *state);
  std::string snapshot;
  append_snapshot(snapshot, *state, Settings{}, 1);
}

void check_facts(std::string_view text) {
  const Result<ReturnFacts> facts = decode_facts(text);
  if (!facts) {
    check_refused(facts.error());
    return;
  }
  const Result<ReturnFacts> again = decode_facts(encode_facts(*facts));
  RF_CHECK(again.has_value() && *again == *facts);
}

}  // namespace
}  // namespace returnflows::returns

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows::returns;  // NOLINT(google-build-using-namespace)
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_state(text);
  check_facts(text);
  return 0;
}
