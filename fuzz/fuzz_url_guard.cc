// A URL and a policy are what merchants and operators type. What the parser lets pass can be put
// on the wire as it is, reads the same a second time, and never leads to a refused address.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/check.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/endpoint_url.h"
#include "returnflows/endpoints/ip_address.h"

namespace returnflows {
namespace {

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// Written anew and on purpose not by the table under test: RFC 1918, loopback, link-local, shared,
// this network, multicast and reserved.
bool is_local_v4(const IpAddress& address) {
  const auto a = address.bytes[12];
  const auto b = address.bytes[13];
  return a == 0 || a == 10 || a == 127 || (a == 169 && b == 254) ||
         (a == 172 && b >= 16 && b <= 31) || (a == 192 && b == 168) ||
         (a == 100 && b >= 64 && b <= 127) || a >= 224;
}

bool is_local(const IpAddress& address) {
  if (address.is_v4()) return is_local_v4(address);
  const auto first = address.bytes[0];
  return (first >> 5U) != 1 || (first == 0x20 && address.bytes[1] == 0x02);
}

void check_accepted(const EndpointUrl& url, const EgressPolicy& policy) {
  RF_CHECK(url.port != 0);
  RF_CHECK(!url.host.empty() && is_visible_ascii(url.host));
  RF_CHECK(is_visible_ascii(url.host_header));
  RF_CHECK(url.target.starts_with('/') && is_visible_ascii(url.target));
  RF_CHECK(!url.target.contains('#'));

  const auto address = IpAddress::parse(url.host);
  RF_CHECK(address.has_value() == url.host_is_address);
  if (address) RF_CHECK(check_address(policy, *address).has_value());

  const bool https = url.scheme == EndpointUrl::Scheme::kHttps;
  const auto again =
      parse_endpoint_url((https ? "https://" : "http://") + url.host_header + url.target, policy);
  RF_CHECK(again.has_value());
  RF_CHECK(again->host == url.host && again->port == url.port && again->target == url.target &&
           again->host_header == url.host_header);
}

void check_url(std::string_view text) {
  const EgressPolicy by_default;
  if (const auto url = parse_endpoint_url(text, by_default)) {
    check_accepted(*url, by_default);
    RF_CHECK(url->scheme == EndpointUrl::Scheme::kHttps);
    if (url->host_is_address) RF_CHECK(!is_local(IpAddress::parse(url->host).value()));
    RF_CHECK(!url->host.contains("localhost") || url->host.contains('.'));
  }
  static const EgressPolicy kOpen{.private_ok = true,
                                  .allow = {IpRange::parse("127.0.0.0/8").value()},
                                  .deny = {IpRange::parse("10.9.0.0/16").value()},
                                  .allow_hosts = {"erp"}};
  if (const auto url = parse_endpoint_url(text, kOpen)) check_accepted(*url, kOpen);
}

void check_range(std::string_view text) {
  const auto range = IpRange::parse(text);
  if (!range) return;
  RF_CHECK(range->contains(range->first));
  const auto again = IpRange::parse(range->text());
  RF_CHECK(again.has_value());
  RF_CHECK(again->first == range->first && again->prefix_bits == range->prefix_bits);
}

}  // namespace
}  // namespace returnflows

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  returnflows::check_url(text);
  returnflows::check_range(text);
  if (const auto address = returnflows::IpAddress::parse(text)) {
    RF_CHECK(returnflows::IpAddress::parse(address->text()).value() == *address);
  }
  return 0;
}
