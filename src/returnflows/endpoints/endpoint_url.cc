#include "returnflows/endpoints/endpoint_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/endpoints/punycode.h"

namespace returnflows {
namespace {

// A DNS name and one label of it (RFC 1035 §2.3.4).
constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;

// Ports of services that would take an HTTP request for commands of their own. The list of the
// WHATWG Fetch standard (§2.9), with Redis and Memcached, which read the lines of a body as
// commands. Sorted.
constexpr std::array<std::uint16_t, 85> kBadPorts{
    0,    1,    7,    9,    11,   13,   15,   17,   19,    20,   21,   22,   23,   25,   37,
    42,   43,   53,   69,   77,   79,   87,   95,   101,   102,  103,  104,  109,  110,  111,
    113,  115,  117,  119,  123,  135,  137,  139,  143,   161,  179,  389,  427,  465,  512,
    513,  514,  515,  526,  530,  531,  532,  540,  548,   554,  556,  563,  587,  601,  636,
    989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659,  4045, 4190, 5060, 5061, 6000, 6379,
    6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211};
static_assert(std::ranges::is_sorted(kBadPorts));

auto invalid(std::string detail) {
  return fail(ErrorCode::kInvalidInput, std::move(detail));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// The URL cut at its delimiters, nothing judged yet. Views into the URL.
struct Parts {
  EndpointUrl::Scheme scheme = EndpointUrl::Scheme::kHttps;
  std::string_view host;  // IPv6 with its brackets.
  std::string_view port;  // Without the colon.
  bool has_port = false;
  std::string_view target;  // Path and query; may be empty.
};

// Refuses what stands in no URL, wherever it stands: a parser that reads these differently from
// the one that connects is how guards are passed.
Status check_bytes(std::string_view url) {
  if (url.empty()) return invalid("The URL is empty; write it like https://example.com/webhooks.");
  if (url.size() > limits::kUrlBytesMax) {
    return invalid("The URL is longer than " + std::to_string(limits::kUrlBytesMax) + " bytes.");
  }
  for (std::size_t i = 0; i < url.size(); ++i) {
    const char c = url[i];
    const auto refuse = [i](std::string what, std::string_view fix) {
      return invalid("The URL contains " + std::move(what) + " at position " +
                     std::to_string(i + 1) + "; " + std::string{fix});
    };
    if (c == ' ') return refuse("a space", "remove it or write %20.");
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return refuse("a control character or line break", "remove it.");
    }
    if (c == '\\') return refuse("a backslash", "write / instead.");
    if (c == '"' || c == '<' || c == '>' || c == '`') {
      return refuse(std::string{c}, "remove or percent-encode it.");
    }
  }
  return {};
}

Result<EndpointUrl::Scheme> parse_scheme(std::string_view url, std::size_t colon) {
  const std::string_view scheme = colon == std::string_view::npos ? "" : url.substr(0, colon);
  if (equal_ignoring_case(scheme, "https")) return EndpointUrl::Scheme::kHttps;
  if (equal_ignoring_case(scheme, "http")) return EndpointUrl::Scheme::kHttp;
  return invalid("The URL must begin with https://.");
}

// "host", "host:port", "[address]" or "[address]:port".
Status split_authority(std::string_view authority, Parts& parts) {
  if (authority.contains('@')) {
    return invalid(
        "The URL contains a user name or password before the host; remove everything up to and "
        "including the @. Requests are signed instead.");
  }
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) {
      return invalid("The URL opens a bracket before the host and does not close it.");
    }
    parts.host = authority.substr(0, close + 1);
    rest = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    parts.host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? "" : authority.substr(colon);
    if (rest.find(':', 1) != std::string_view::npos) {
      return invalid(
          "The host holds more than one colon; an IPv6 address stands in brackets, like "
          "https://[2001:db8::7]/.");
    }
  }
  if (parts.host.empty()) return invalid("The URL has no host.");
  if (rest.empty()) return {};
  if (rest[0] != ':') return invalid("Only a port may stand between the host and the path.");
  parts.has_port = true;
  parts.port = rest.substr(1);
  return {};
}

Result<Parts> split(std::string_view url) {
  Parts parts;
  const std::size_t slashes = url.find("://");
  RF_TRY(parts.scheme, parse_scheme(url, slashes));
  std::string_view rest = url.substr(slashes + 3);
  rest = rest.substr(0, rest.find('#'));  // A fragment is for the sender's eyes, never sent.
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  parts.target = rest.substr(end);
  RF_TRY_STATUS(split_authority(rest.substr(0, end), parts));
  return parts;
}

Result<std::uint16_t> parse_port(const Parts& parts) {
  if (!parts.has_port) {
    return parts.scheme == EndpointUrl::Scheme::kHttps ? std::uint16_t{443} : std::uint16_t{80};
  }
  const std::string_view digits = parts.port;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.starts_with('0')) {
    return invalid(
        "The port must be a number from 1 to 65535 without leading zeros; leave the "
        "colon out for the default port.");
  }
  if (std::ranges::binary_search(kBadPorts, port)) {
    return fail(ErrorCode::kForbidden,
                "Port " + std::to_string(port) +
                    " belongs to a service that is not HTTP; let the receiver listen on another "
                    "port.");
  }
  return port;
}

Result<std::string> parse_target(std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (static_cast<unsigned char>(target[i]) >= 0x80) {
      return invalid(
          "The path or query contains a letter beyond ASCII; percent-encode it (ø is "
          "%C3%B8).");
    }
    if (target[i] != '%') continue;
    if (i + 2 >= target.size() || !is_hex_digit(target[i + 1]) || !is_hex_digit(target[i + 2])) {
      return invalid(
          "The path or query contains a % that two hex digits do not follow; write %25 "
          "for a percent sign.");
    }
  }
  return target.starts_with('/') ? std::string{target} : "/" + std::string{target};
}

// What browsers and resolvers read as an IPv4 address, in whatever base and with however many
// parts: a last label that is a number (WHATWG URL, "ends in a number").
bool ends_in_a_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0.
  if (last.starts_with("0x")) return std::ranges::all_of(last.substr(2), is_hex_digit);
  return !last.empty() && std::ranges::all_of(last, is_digit);
}

Status check_label(std::string_view label) {
  if (label.empty()) {
    return invalid("The host has a dot too many; write it without a dot at its beginning or end.");
  }
  if (label.size() > kLabelBytesMax) {
    return invalid("A part of the host is longer than 63 characters.");
  }
  const auto allowed = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  if (!std::ranges::all_of(label, allowed)) {
    return invalid("The host may hold letters, digits, dots and hyphens only.");
  }
  if (label.starts_with('-') || label.ends_with('-')) {
    return invalid("A part of the host begins or ends with a hyphen.");
  }
  return {};
}

Status check_name(std::string_view host) {
  if (host.size() > kHostBytesMax) return invalid("The host is longer than 253 characters.");
  while (true) {
    const std::size_t dot = host.find('.');
    RF_TRY_STATUS(check_label(host.substr(0, dot)));
    if (dot == std::string_view::npos) return {};
    host.remove_prefix(dot + 1);
  }
}

bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

// Names that only a local resolver knows, and that may therefore lead anywhere.
bool is_local_name(std::string_view host) {
  return !host.contains('.') || is_localhost(host) || host.ends_with(".local") ||
         host.ends_with(".localdomain") || host.ends_with(".internal");
}

bool allows_host(const EgressPolicy& policy, std::string_view host) {
  return std::ranges::any_of(policy.allow_hosts, [&](const std::string& allowed) {
    return equal_ignoring_case(allowed, host);
  });
}

bool allows_literally(const EgressPolicy& policy, const IpAddress& address) {
  return std::ranges::any_of(policy.allow,
                             [&](const IpRange& range) { return range.contains(address); });
}

// True when a loopback address is open, and so the name for it.
bool allows_localhost(const EgressPolicy& policy) {
  const IpAddress v4 = IpAddress::from_v4(0x7F000001);
  IpAddress v6;
  v6.bytes[15] = 1;
  return allows_literally(policy, v4) || allows_literally(policy, v6);
}

std::string non_ascii_sentence(std::string_view host) {
  std::string sentence = "The host contains letters beyond ASCII; write its ASCII form";
  const auto ascii = suggest_ascii_host(host);
  sentence += ascii ? ", " + *ascii + "." : ", which begins with xn--.";
  return sentence;
}

// A host that the checks let pass, and what they found out about it.
struct Host {
  std::string text;  // Lower case, without brackets.
  bool is_address = false;
  bool is_v6 = false;
  bool may_use_http = false;
};

Result<Host> check_literal(const IpAddress& address, const EgressPolicy& policy) {
  RF_TRY_STATUS(check_address(policy, address));
  Host host{.text = address.text(), .is_address = true, .is_v6 = !address.is_v4()};
  host.may_use_http =
      policy.private_ok || allows_literally(policy, address) || allows_host(policy, host.text);
  return host;
}

Result<Host> parse_v6_host(std::string_view bracketed, const EgressPolicy& policy) {
  const std::string_view text = bracketed.substr(1, bracketed.size() - 2);
  if (text.contains('%')) {
    return invalid("The IPv6 address names a zone (behind the %); zones are not taken.");
  }
  const auto address = IpAddress::parse(text);
  if (!address || !text.contains(':')) {
    return invalid("What stands in the brackets is not an IPv6 address.");
  }
  if (address->is_v4()) {
    return invalid("The host is an IPv4 address written as IPv6; write " + address->text() + ".");
  }
  return check_literal(*address, policy);
}

Result<Host> parse_name_host(std::string_view given, const EgressPolicy& policy) {
  if (given.contains('%')) {
    return invalid("The host is percent-encoded; write it in plain letters.");
  }
  if (std::ranges::any_of(given, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return invalid(non_ascii_sentence(given));
  }
  const std::string name = lower(given);
  if (name.ends_with('.')) return invalid("The host ends with a dot; write it without.");
  if (ends_in_a_number(name)) {
    const auto address = IpAddress::parse(name);
    if (!address) {
      return invalid(
          "The host is an odd form of an IPv4 address; write four decimal numbers, like "
          "192.0.2.7.");
    }
    return check_literal(*address, policy);
  }
  RF_TRY_STATUS(check_name(name));
  const bool listed = allows_host(policy, name) || (is_localhost(name) && allows_localhost(policy));
  if (is_local_name(name) && !listed) {
    return fail(ErrorCode::kForbidden,
                "'" + name +
                    "' is a local name, not a public one; this server sends there only if " +
                    (is_localhost(name) ? "egress_allow lists 127.0.0.0/8."
                                        : "egress_allow_hosts lists it."));
  }
  return Host{.text = name, .may_use_http = listed || policy.private_ok};
}

}  // namespace

Result<EndpointUrl> parse_endpoint_url(std::string_view url, const EgressPolicy& policy) {
  RF_TRY_STATUS(check_bytes(url));
  RF_TRY(const Parts parts, split(url));
  EndpointUrl out;
  out.scheme = parts.scheme;
  RF_TRY(Host host,
         parts.host.starts_with('[') ? parse_v6_host(parts.host, policy)
                                     : parse_name_host(parts.host, policy));
  RF_TRY(out.port, parse_port(parts));
  RF_TRY(out.target, parse_target(parts.target));
  if (parts.scheme == EndpointUrl::Scheme::kHttp && !host.may_use_http) {
    return fail(
        ErrorCode::kForbidden,
        "The URL must begin with https://; plain http is open only to hosts that the server "
        "lists in egress_allow or egress_allow_hosts.");
  }
  out.host_is_address = host.is_address;
  out.host_header = host.is_v6 ? "[" + host.text + "]" : host.text;
  const std::uint16_t default_port = parts.scheme == EndpointUrl::Scheme::kHttps ? 443 : 80;
  if (out.port != default_port) out.host_header += ":" + std::to_string(out.port);
  out.host = std::move(host.text);
  return out;
}

}  // namespace returnflows
