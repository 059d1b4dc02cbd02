#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/checksum.h"
#include "returnflows/base/clock.h"

namespace returnflows {

// A row number of one kind of thing. Distinct kinds do not convert into one another. Row numbers
// start at 1; 0 means "none".
template <class Kind>
struct RowId {
  std::int64_t value = 0;

  constexpr bool is_set() const { return value != 0; }

  constexpr auto operator<=>(const RowId&) const = default;
};

using EventId = RowId<struct EventKind>;
using DeliveryId = RowId<struct DeliveryKind>;
using AttemptId = RowId<struct AttemptKind>;
using EndpointId = RowId<struct EndpointKind>;
using MerchantId = RowId<struct MerchantKind>;
using ApiKeyId = RowId<struct ApiKeyKind>;
using ReturnId = RowId<struct ReturnKind>;

// What stands before the underscore of a public id.
enum class IdPrefix : std::uint8_t {
  kEvent,
  kDelivery,
  kAttempt,
  kEndpoint,
  kMerchant,
  kApiKey,
  kReturn
};

// Turns row numbers into public ids and back: `evt_01KGE6Q2V8…`, prefix, then 26 characters of
// Crockford base32: 48 bits of milliseconds, then 80 bits that hold the row number and a check
// value behind a keyed permutation. So an id sorts by time, tells nothing about how many there
// are, and needs no unique index: decode() gives the row number back.
//
// Thread: any; immutable. Source: docs/formats/public_ids.md.
class IdCodec {
 public:
  // `key` comes from the store and never changes during its life.
  explicit IdCodec(const HashKey& key) : key_(key) {}

  std::string encode(IdPrefix prefix, std::int64_t row, Timestamp created_at) const;

  struct Decoded {
    std::int64_t row = 0;
    Timestamp created_at;
  };

  // nullopt when the text was not made by encode() with this key and this prefix (the check value
  // lets one forgery in 16 million pass; the caller compares `created_at` with the row's).
  std::optional<Decoded> decode(IdPrefix prefix, std::string_view text) const;

  template <class Kind>
  std::string encode(IdPrefix prefix, RowId<Kind> row, Timestamp created_at) const {
    return encode(prefix, row.value, created_at);
  }

 private:
  HashKey key_;
};

}  // namespace returnflows

template <class Kind>
struct std::hash<returnflows::RowId<Kind>> {
  std::size_t operator()(returnflows::RowId<Kind> id) const noexcept {
    // Fibonacci hashing: consecutive row numbers spread over all buckets.
    return static_cast<std::size_t>(id.value) * 0x9E3779B97F4A7C15ULL;
  }
};
