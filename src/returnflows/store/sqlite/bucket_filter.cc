#include "returnflows/store/sqlite/bucket_filter.h"

#include <bit>

namespace returnflows::sqlite {
namespace {

std::uint64_t mask_of(std::int64_t bucket) {
  return std::uint64_t{1} << (static_cast<std::uint64_t>(bucket) % 64U);
}

}  // namespace

// Double hashing (Kirsch, Mitzenmacher 2006) over the two halves of the hash, which is a keyed one
// already; the step is odd, so that all positions differ.
std::array<std::uint32_t, BucketFilter::kBitsPerHash> BucketFilter::positions(std::uint64_t hash) {
  const auto start = static_cast<std::uint32_t>(hash);
  const auto step = static_cast<std::uint32_t>(hash >> 32U) | 1U;
  std::array<std::uint32_t, kBitsPerHash> positions{};
  for (std::uint32_t i = 0; i < kBitsPerHash; ++i) {
    positions[i] = (start + i * step) % kBits;
  }
  return positions;
}

BucketFilter::Group& BucketFilter::group_of(std::int64_t bucket) {
  const std::size_t index = static_cast<std::size_t>(bucket) / kBucketsPerGroup;
  if (index >= groups_.size()) groups_.resize(index + 1);
  if (!groups_[index]) groups_[index] = std::make_unique<Group>();
  return *groups_[index];
}

void BucketFilter::add(std::int64_t bucket, std::uint64_t hash) {
  Group& group = group_of(bucket);
  for (const std::uint32_t position : positions(hash)) {
    group[position] |= mask_of(bucket);
  }
}

const std::vector<std::int64_t>& BucketFilter::candidates(std::uint64_t hash) {
  candidates_.clear();
  const auto at = positions(hash);
  for (std::size_t index = groups_.size(); index-- > 0;) {
    if (!groups_[index]) continue;
    const Group& group = *groups_[index];
    std::uint64_t buckets = ~std::uint64_t{0};
    for (const std::uint32_t position : at) {
      buckets &= group[position];
      if (buckets == 0) break;
    }
    while (buckets != 0) {
      const auto highest = static_cast<std::size_t>(std::bit_width(buckets) - 1);
      candidates_.push_back(static_cast<std::int64_t>(index * kBucketsPerGroup + highest));
      buckets &= ~(std::uint64_t{1} << highest);
    }
  }
  return candidates_;
}

std::string BucketFilter::stored_form(std::int64_t bucket) const {
  std::string bits(kStoredBytes, '\0');
  const std::size_t index = static_cast<std::size_t>(bucket) / kBucketsPerGroup;
  if (index >= groups_.size() || !groups_[index]) return bits;
  const Group& group = *groups_[index];
  for (std::size_t word = 0; word < kBits; ++word) {
    if ((group[word] & mask_of(bucket)) == 0) continue;
    bits[word / 8] =
        static_cast<char>(static_cast<unsigned char>(bits[word / 8]) | (1U << (word % 8)));
  }
  return bits;
}

bool BucketFilter::restore(std::int64_t bucket, std::string_view bits) {
  if (bits.size() != kStoredBytes) return false;
  Group& group = group_of(bucket);
  for (std::size_t byte = 0; byte < kStoredBytes; ++byte) {
    for (auto left = static_cast<unsigned char>(bits[byte]); left != 0;
         left = static_cast<unsigned char>(left & (left - 1U))) {
      group[byte * 8 + static_cast<std::size_t>(std::countr_zero(left))] |= mask_of(bucket);
    }
  }
  return true;
}

std::size_t BucketFilter::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& group : groups_) {
    if (group) bytes += sizeof(Group);
  }
  return bytes;
}

}  // namespace returnflows::sqlite
