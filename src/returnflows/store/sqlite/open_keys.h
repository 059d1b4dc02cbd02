#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "returnflows/base/ids.h"

namespace returnflows::sqlite {

// How many deliveries of each ordering key (endpoint, return) are not settled. Exact: a key is
// open as long as its count is above zero. Deliveries without order have the key hash 0 and are
// never counted.
//
// Memory: 16 bytes a slot, between 19 and 38 bytes for each open key. Thread: the journal's.
class OpenKeys {
 public:
  OpenKeys();

  // Counts one more delivery and returns how many there were before.
  std::uint32_t add(EndpointId endpoint, std::int64_t key_hash);

  // Counts one less and returns how many are left. The key must be open.
  std::uint32_t remove(EndpointId endpoint, std::int64_t key_hash);

  std::uint32_t count(EndpointId endpoint, std::int64_t key_hash) const;

  // Keys that are open.
  std::size_t size() const { return size_; }

 private:
  // Open addressing with linear probing; key_hash 0 marks an empty slot.
  struct Slot {
    std::int64_t key_hash = 0;
    std::uint32_t endpoint = 0;
    std::uint32_t count = 0;
  };

  std::size_t home(const Slot& slot) const;
  std::size_t find(std::uint32_t endpoint, std::int64_t key_hash) const;
  void grow();
  void erase(std::size_t at);

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace returnflows::sqlite
