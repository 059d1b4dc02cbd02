#include "returnflows/store/sqlite/open_keys.h"

#include <limits>
#include <utility>

#include "returnflows/base/check.h"

namespace returnflows::sqlite {
namespace {

constexpr std::size_t kSlotsMin = 1024;

// Endpoints' row numbers fit 32 bits: they are given out one by one to things that people make.
std::uint32_t narrow(EndpointId endpoint) {
  RF_CHECK(endpoint.value > 0 &&
           endpoint.value <= std::int64_t{std::numeric_limits<std::uint32_t>::max()});
  return static_cast<std::uint32_t>(endpoint.value);
}

}  // namespace

OpenKeys::OpenKeys() : slots_(kSlotsMin) {}

std::size_t OpenKeys::home(const Slot& slot) const {
  std::uint64_t mixed =
      static_cast<std::uint64_t>(slot.key_hash) ^ (slot.endpoint * 0x9E3779B97F4A7C15ULL);
  mixed ^= mixed >> 32U;
  mixed *= 0xD6E8FEB86659FD93ULL;
  mixed ^= mixed >> 32U;
  return static_cast<std::size_t>(mixed) & (slots_.size() - 1);
}

// The slot of the key, or the empty one where it would go.
std::size_t OpenKeys::find(std::uint32_t endpoint, std::int64_t key_hash) const {
  std::size_t at = home(Slot{.key_hash = key_hash, .endpoint = endpoint, .count = 0});
  while (slots_[at].key_hash != 0 &&
         (slots_[at].key_hash != key_hash || slots_[at].endpoint != endpoint)) {
    at = (at + 1) & (slots_.size() - 1);
  }
  return at;
}

std::uint32_t OpenKeys::add(EndpointId endpoint, std::int64_t key_hash) {
  RF_CHECK(key_hash != 0);
  Slot& slot = slots_[find(narrow(endpoint), key_hash)];
  if (slot.key_hash != 0) return slot.count++;
  slot = Slot{.key_hash = key_hash, .endpoint = narrow(endpoint), .count = 1};
  ++size_;
  if (size_ * 6 >= slots_.size() * 5) grow();
  return 0;
}

std::uint32_t OpenKeys::remove(EndpointId endpoint, std::int64_t key_hash) {
  const std::size_t at = find(narrow(endpoint), key_hash);
  RF_CHECK(slots_[at].key_hash != 0);
  const std::uint32_t left = --slots_[at].count;
  if (left == 0) erase(at);
  return left;
}

std::uint32_t OpenKeys::count(EndpointId endpoint, std::int64_t key_hash) const {
  const Slot& slot = slots_[find(narrow(endpoint), key_hash)];
  return slot.key_hash == 0 ? 0 : slot.count;
}

void OpenKeys::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.key_hash != 0) slots_[find(slot.endpoint, slot.key_hash)] = slot;
  }
}

// Closes the gap: every later slot of the run moves back when its home is not behind the gap.
void OpenKeys::erase(std::size_t at) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = at;
  for (std::size_t next = (gap + 1) & mask; slots_[next].key_hash != 0; next = (next + 1) & mask) {
    if (((next - home(slots_[next])) & mask) >= ((next - gap) & mask)) {
      slots_[gap] = std::exchange(slots_[next], Slot{});
      gap = next;
    }
  }
  slots_[gap] = Slot{};
  --size_;
}

}  // namespace returnflows::sqlite
