#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace returnflows::sqlite {

// Tells which buckets of the event log may hold a hash, so that a return or a client id that was
// never seen (most of them) is known to be new without touching the disk.
//
// One Bloom filter for each bucket: 2^18 bits for at most 2^14 hashes, 8 bits set by each; a
// bucket that does not hold the hash says "maybe" once in 1,700 at most. The filters of 64 buckets
// lie side by side, bit b of word w being bit w of bucket b, so that one question costs some eight
// words for 64 buckets and not for each.
//
// Memory: 2 MiB for each 64 buckets begun, which is 2 bytes for each stored event.
// Thread: the journal's.
class BucketFilter {
 public:
  static constexpr std::size_t kBits = std::size_t{1} << 18U;
  static constexpr std::size_t kStoredBytes = kBits / 8;

  void add(std::int64_t bucket, std::uint64_t hash);

  // Buckets that may hold `hash`, newest first. Valid until the next call.
  const std::vector<std::int64_t>& candidates(std::uint64_t hash);

  // One bucket's filter as it is stored (kStoredBytes, bit w in byte w / 8), and back. restore()
  // returns false when `bits` has another size.
  std::string stored_form(std::int64_t bucket) const;
  bool restore(std::int64_t bucket, std::string_view bits);

  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kBucketsPerGroup = 64;
  static constexpr unsigned kBitsPerHash = 8;
  using Group = std::array<std::uint64_t, kBits>;

  static std::array<std::uint32_t, kBitsPerHash> positions(std::uint64_t hash);
  Group& group_of(std::int64_t bucket);

  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<std::int64_t> candidates_;
};

}  // namespace returnflows::sqlite
