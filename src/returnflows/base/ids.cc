#include "returnflows/base/ids.h"

#include <array>
#include <cstring>

#include "returnflows/base/check.h"

namespace returnflows {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCharacters = 26;
constexpr unsigned kRowBits = 56;    // 7 × 10^16 rows: at 100,000 a second, 22,000 years.
constexpr unsigned kCheckBits = 24;  // A random text passes once in 16 million.
constexpr std::uint64_t kHalfMask = (1ULL << 40U) - 1;
constexpr int kRounds = 6;

std::string_view prefix_text(IdPrefix prefix) {
  switch (prefix) {
    case IdPrefix::kEvent:
      return "evt_";
    case IdPrefix::kDelivery:
      return "dlv_";
    case IdPrefix::kAttempt:
      return "att_";
    case IdPrefix::kEndpoint:
      return "ep_";
    case IdPrefix::kMerchant:
      return "mer_";
    case IdPrefix::kApiKey:
      return "key_";
    case IdPrefix::kReturn:
      return "ret_";
  }
  return "";
}

// The 80 permuted bits as two halves of 40.
struct Halves {
  std::uint64_t left;
  std::uint64_t right;
};

std::uint64_t round_value(
    const HashKey& key, IdPrefix prefix, std::uint64_t time, int round, std::uint64_t half) {
  std::array<std::uint64_t, 2> input{half | (static_cast<std::uint64_t>(round) << 40U) |
                                         (static_cast<std::uint64_t>(prefix) << 48U),
                                     time};
  return keyed_hash64(key, {reinterpret_cast<const char*>(input.data()), sizeof input}) & kHalfMask;
}

int digit_value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

// A Feistel network whose round function also takes the prefix and the time, so that changing
// either makes the check value fail.
std::string IdCodec::encode(IdPrefix prefix, std::int64_t row, Timestamp created_at) const {
  RF_CHECK(row > 0 && (static_cast<std::uint64_t>(row) >> kRowBits) == 0);
  const auto time =
      static_cast<std::uint64_t>(created_at.time_since_epoch().count()) & ((1ULL << 48U) - 1);
  const auto value = static_cast<std::uint64_t>(row);
  // Row number above, 24 zero check bits below, split in the middle.
  Halves halves{value >> 16U, (value & 0xFFFFU) << kCheckBits};
  for (int round = 0; round < kRounds; ++round) {
    halves = {halves.right, halves.left ^ round_value(key_, prefix, time, round, halves.right)};
  }
  std::string out{prefix_text(prefix)};
  const std::size_t start = out.size();
  out.resize(start + kCharacters);
  for (std::size_t i = 0; i < 10; ++i) {
    out[start + i] = kAlphabet[(time >> (5U * (9 - i))) & 31U];
  }
  for (std::size_t i = 0; i < 8; ++i) {
    out[start + 10 + i] = kAlphabet[(halves.left >> (5U * (7 - i))) & 31U];
    out[start + 18 + i] = kAlphabet[(halves.right >> (5U * (7 - i))) & 31U];
  }
  return out;
}

std::optional<IdCodec::Decoded> IdCodec::decode(IdPrefix prefix, std::string_view text) const {
  const std::string_view expected = prefix_text(prefix);
  if (!text.starts_with(expected) || text.size() != expected.size() + kCharacters) {
    return std::nullopt;
  }
  std::uint64_t time = 0;
  Halves halves{0, 0};
  for (std::size_t i = 0; i < kCharacters; ++i) {
    const int digit = digit_value(text[expected.size() + i]);
    if (digit < 0) return std::nullopt;
    std::uint64_t& part = i < 10 ? time : i < 18 ? halves.left : halves.right;
    part = (part << 5U) | static_cast<std::uint64_t>(digit);
  }
  if ((time >> 48U) != 0) return std::nullopt;
  for (int round = kRounds - 1; round >= 0; --round) {
    halves = {halves.right ^ round_value(key_, prefix, time, round, halves.left), halves.left};
  }
  if ((halves.right & ((1ULL << kCheckBits) - 1)) != 0) return std::nullopt;
  const std::uint64_t row = (halves.left << 16U) | (halves.right >> kCheckBits);
  if (row == 0) return std::nullopt;
  return Decoded{static_cast<std::int64_t>(row),
                 Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(time)}}};
}

}  // namespace returnflows
