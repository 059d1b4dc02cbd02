#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returnflows::sqlite {

// Tells which buckets of the event log may hold a hash, so that a return or a client id that was
// never seen (most of them) is known to be new without touching the disk, and a list of one
// return's events reads only where there are some.
//
// One Bloom filter for each bucket: 2^19 bits for at most 2^14 hashes, 8 bits set by each; a bucket
// that does not hold the hash says "maybe" once in 170,000 at most. The filters of 64 buckets lie
// side by side, bit b of word w being bit w of bucket b, so that one question costs three or four
// words for 64 buckets and not for each.
//
// Memory: 4 MiB for each 64 buckets begun, which is 4 bytes for each stored event.
// Thread: add() and restore() by one thread at a time; everything else by any, at any time. Whoever
// sees a commit sees what was added before it.
class BucketFilter {
 public:
  static constexpr std::size_t kBits = std::size_t{1} << 19U;
  static constexpr std::size_t kStoredBytes = kBits / 8;

  BucketFilter();
  BucketFilter(const BucketFilter&) = delete;
  BucketFilter& operator=(const BucketFilter&) = delete;
  ~BucketFilter();

  void add(std::int64_t bucket, std::uint64_t hash);

  // Whether `bucket` may hold `hash`.
  bool may_hold(std::int64_t bucket, std::uint64_t hash) const;

  // Replaces `buckets` by those that may hold `hash`, newest first.
  void candidates(std::uint64_t hash, std::vector<std::int64_t>& buckets) const;

  // One bucket's filter as it is stored (kStoredBytes, bit w in byte w / 8), and back. restore()
  // returns false when `bits` has another size.
  std::string stored_form(std::int64_t bucket) const;
  bool restore(std::int64_t bucket, std::string_view bits);

  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kBucketsPerGroup = 64;
  static constexpr std::size_t kGroupsMax = std::size_t{1} << 14U;  // 17 thousand million events.

  using Group = std::array<std::atomic<std::uint64_t>, kBits>;

  const Group* find_group(std::size_t index) const;
  Group& group_of(std::int64_t bucket);

  std::vector<std::atomic<Group*>> groups_;  // Owned. Never changes its size.
  std::atomic<std::size_t> group_count_{0};  // Groups behind the last one in use are not there.
};

}  // namespace returnflows::sqlite
