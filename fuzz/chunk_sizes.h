#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace returnflows {

// Cuts the bytes of a fuzz input as a network might: up to 15 sizes stand at its beginning, behind
// a byte that tells how many, and are used round and round.
class ChunkSizes {
 public:
  // Takes the sizes off the front of `input`.
  explicit ChunkSizes(std::string_view& input) {
    if (input.empty()) return;
    const std::size_t count = static_cast<unsigned char>(input.front()) % 16U;
    input.remove_prefix(1);
    sizes_ = input.substr(0, count);
    input.remove_prefix(sizes_.size());
  }

  // The size of the next chunk out of `left` bytes: all of them when the input gave no sizes.
  std::size_t next(std::size_t left) {
    if (sizes_.empty()) return left;
    const auto size = static_cast<unsigned char>(sizes_[index_++ % sizes_.size()]);
    return std::min<std::size_t>(left, 1U + size);
  }

 private:
  std::string_view sizes_;
  std::size_t index_ = 0;
};

}  // namespace returnflows
