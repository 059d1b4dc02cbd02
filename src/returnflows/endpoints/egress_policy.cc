#include "returnflows/endpoints/egress_policy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "returnflows/base/check.h"

namespace returnflows {
namespace {

enum class Reach : std::uint8_t {
  kPrivate,  // Opened by `private_ok`.
  kNever,    // Opened by an `allow` entry only.
};

struct SpecialRange {
  IpRange range;
  Reach reach = Reach::kNever;
  std::string_view what;  // Completes "192.0.2.7 is …".
};

SpecialRange special(std::string_view range, Reach reach, std::string_view what) {
  const auto parsed = IpRange::parse(range);
  RF_CHECK(parsed.has_value());
  return {.range = *parsed, .reach = reach, .what = what};
}

// The first entry that holds an address decides, so single addresses stand before their range.
const auto& special_ranges() {
  using enum Reach;
  static const std::array kRanges{
      // Metadata services: they hand out credentials of the machine to whoever asks. These are the
      // ones outside of the link-local ranges.
      special("168.63.129.16", kNever, "the host agent of Azure"),
      special("100.100.100.200", kNever, "the metadata service of Alibaba Cloud"),
      special("fd00:ec2::254", kNever, "the metadata service of AWS"),
      special("fd20:ce::254", kNever, "the metadata service of Google Cloud"),
      // IPv4: the IANA special-purpose registry, multicast and the reserved block.
      special("0.0.0.0/8", kNever, "an address of this machine"),
      special("10.0.0.0/8", kPrivate, "a private address"),
      special("100.64.0.0/10", kPrivate, "an address shared behind a carrier's NAT"),
      special("127.0.0.0/8", kNever, "a loopback address"),
      special("169.254.0.0/16", kNever, "a link-local address"),
      special("172.16.0.0/12", kPrivate, "a private address"),
      special("192.0.0.0/24", kNever, "an address reserved for protocols"),
      special("192.0.2.0/24", kNever, "an address reserved for documentation"),
      special("192.88.99.0/24", kNever, "a 6to4 relay address"),
      special("192.168.0.0/16", kPrivate, "a private address"),
      special("198.18.0.0/15", kNever, "an address reserved for benchmarks"),
      special("198.51.100.0/24", kNever, "an address reserved for documentation"),
      special("203.0.113.0/24", kNever, "an address reserved for documentation"),
      special("224.0.0.0/4", kNever, "a multicast address"),
      special("240.0.0.0/4", kNever, "a reserved address"),
      // IPv6: what is not public inside 2000::/3. The forms that carry an IPv4 address are refused
      // whole, because who translates them decides where they lead.
      special("2001::/32", kNever, "a Teredo address, which hides an IPv4 address"),
      special("2001::/23", kNever, "an address reserved for protocols"),
      special("2001:db8::/32", kNever, "an address reserved for documentation"),
      special("2002::/16", kNever, "a 6to4 address, which hides an IPv4 address"),
      special("3fff::/20", kNever, "an address reserved for documentation"),
      // IPv6 outside of 2000::/3, for the words; the rest is refused by check_address().
      special("::1", kNever, "the loopback address"),
      special("::/96", kNever, "an address of this machine or a form that hides an IPv4 address"),
      special("64:ff9b::/96", kNever, "a NAT64 address, which hides an IPv4 address"),
      special("64:ff9b:1::/48", kNever, "a NAT64 address, which hides an IPv4 address"),
      special("fc00::/7", kPrivate, "a unique-local address"),
      special("fe80::/10", kNever, "a link-local address"),
      special("ff00::/8", kNever, "a multicast address"),
  };
  return kRanges;
}

const SpecialRange* find_special_range(const IpAddress& address) {
  const auto& ranges = special_ranges();
  const auto found = std::ranges::find_if(
      ranges, [&](const SpecialRange& entry) { return entry.range.contains(address); });
  return found == ranges.end() ? nullptr : &*found;
}

// 2000::/3 is all that IANA has given out for the public internet.
bool is_global_unicast_v6(const IpAddress& address) {
  return (address.bytes[0] & 0xE0U) == 0x20U;
}

bool any_contains(const std::vector<IpRange>& ranges, const IpAddress& address) {
  return std::ranges::any_of(ranges, [&](const IpRange& range) { return range.contains(address); });
}

}  // namespace

Status check_address(const EgressPolicy& policy, const IpAddress& address) {
  if (any_contains(policy.deny, address)) {
    return fail(ErrorCode::kForbidden,
                address.text() + " is on the deny list of this server (setting egress_deny).");
  }
  if (any_contains(policy.allow, address)) return {};

  const SpecialRange* entry = find_special_range(address);
  if (entry == nullptr) {
    if (address.is_v4() || is_global_unicast_v6(address)) return {};
    return fail(ErrorCode::kForbidden,
                address.text() +
                    " is outside of 2000::/3, the public part of IPv6; this server "
                    "sends there only if egress_allow lists it.");
  }
  const bool is_private = entry->reach == Reach::kPrivate;
  if (is_private && policy.private_ok) return {};
  std::string sentence = address.text() + " is " + std::string{entry->what} + " (" +
                         entry->range.text() + "); this server sends there only if egress_allow ";
  sentence += is_private ? "lists it or egress_policy is private_ok." : "lists it.";
  return fail(ErrorCode::kForbidden, std::move(sentence));
}

}  // namespace returnflows
