#include "returnflows/store/sqlite/bucket_filter.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "returnflows/base/check.h"

namespace returnflows::sqlite {
namespace {

constexpr unsigned kBitsPerHash = 8;

using Positions = std::array<std::uint32_t, kBitsPerHash>;

// Double hashing (Kirsch, Mitzenmacher 2006) over the two halves of the hash, which is a keyed one
// already; the step is odd, so that all positions differ.
Positions positions_of(std::uint64_t hash) {
  const auto start = static_cast<std::uint32_t>(hash);
  const auto step = static_cast<std::uint32_t>(hash >> 32U) | 1U;
  Positions positions{};
  for (std::uint32_t i = 0; i < kBitsPerHash; ++i) {
    positions[i] = (start + i * step) % BucketFilter::kBits;
  }
  return positions;
}

std::uint64_t mask_of(std::int64_t bucket) {
  return std::uint64_t{1} << (static_cast<std::uint64_t>(bucket) % 64U);
}

// The buckets of a group, one bit each, that have all bits at `positions`.
template <class Words>
std::uint64_t buckets_with(const Words& words, const Positions& positions) {
  std::uint64_t buckets = ~std::uint64_t{0};
  for (const std::uint32_t position : positions) {
    buckets &= words[position].load(std::memory_order_relaxed);
    if (buckets == 0) break;
  }
  return buckets;
}

// Only one thread adds, so that no bit is lost between reading and writing a word.
void set_bit(std::atomic<std::uint64_t>& word, std::int64_t bucket) {
  word.store(word.load(std::memory_order_relaxed) | mask_of(bucket), std::memory_order_relaxed);
}

}  // namespace

BucketFilter::BucketFilter() : groups_(kGroupsMax) {}

BucketFilter::~BucketFilter() {
  for (const auto& group : groups_) {
    delete group.load();
  }
}

const BucketFilter::Group* BucketFilter::find_group(std::size_t index) const {
  return index < kGroupsMax ? groups_[index].load(std::memory_order_acquire) : nullptr;
}

BucketFilter::Group& BucketFilter::group_of(std::int64_t bucket) {
  const std::size_t index = static_cast<std::size_t>(bucket) / kBucketsPerGroup;
  RF_CHECK(index < kGroupsMax);
  Group* group = groups_[index].load(std::memory_order_relaxed);
  if (group == nullptr) {
    group = std::make_unique<Group>().release();
    groups_[index].store(group, std::memory_order_release);
    group_count_ = std::max(group_count_.load(), index + 1);
  }
  return *group;
}

void BucketFilter::add(std::int64_t bucket, std::uint64_t hash) {
  Group& group = group_of(bucket);
  for (const std::uint32_t position : positions_of(hash)) {
    set_bit(group[position], bucket);
  }
}

bool BucketFilter::may_hold(std::int64_t bucket, std::uint64_t hash) const {
  const Group* group = find_group(static_cast<std::size_t>(bucket) / kBucketsPerGroup);
  return group != nullptr && (buckets_with(*group, positions_of(hash)) & mask_of(bucket)) != 0;
}

void BucketFilter::candidates(std::uint64_t hash, std::vector<std::int64_t>& into) const {
  into.clear();
  const Positions positions = positions_of(hash);
  for (std::size_t index = group_count_; index-- > 0;) {
    const Group* group = find_group(index);
    if (group == nullptr) continue;
    std::uint64_t buckets = buckets_with(*group, positions);
    while (buckets != 0) {
      const auto highest = static_cast<std::size_t>(std::bit_width(buckets) - 1);
      into.push_back(static_cast<std::int64_t>(index * kBucketsPerGroup + highest));
      buckets &= ~(std::uint64_t{1} << highest);
    }
  }
}

std::string BucketFilter::stored_form(std::int64_t bucket) const {
  std::string bits(kStoredBytes, '\0');
  const Group* group = find_group(static_cast<std::size_t>(bucket) / kBucketsPerGroup);
  if (group == nullptr) return bits;
  for (std::size_t word = 0; word < kBits; ++word) {
    if (((*group)[word].load(std::memory_order_relaxed) & mask_of(bucket)) == 0) continue;
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
      set_bit(group[byte * 8 + static_cast<std::size_t>(std::countr_zero(left))], bucket);
    }
  }
  return true;
}

std::size_t BucketFilter::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& group : groups_) {
    if (group.load(std::memory_order_relaxed) != nullptr) bytes += sizeof(Group);
  }
  return bytes;
}

}  // namespace returnflows::sqlite
