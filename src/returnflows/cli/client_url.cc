#include "returnflows/cli/client_url.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "returnflows/base/result.h"

namespace returnflows {
namespace {

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidInput,
              "'" + std::string{text} + "' is not a URL to connect to (" + std::string{why} +
                  "); write it like http://127.0.0.1:8080");
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char character) {
    return character >= '0' && character <= '9';
  });
}

std::string completed(std::string_view text) {
  if (is_digits(text)) return "http://localhost:" + std::string{text};
  if (!text.contains("://")) return "http://" + std::string{text};
  return std::string{text};
}

}  // namespace

std::string ClientUrl::host_header() const {
  const std::string name = host.contains(':') ? "[" + host + "]" : host;
  const bool is_default = port == (tls ? 443 : 80);
  return is_default ? name : name + ":" + std::to_string(port);
}

Result<ClientUrl> parse_client_url(std::string_view text) {
  const std::string whole = completed(text);
  const auto parsed = boost::urls::parse_uri(whole);
  if (!parsed) return refuse(text, parsed.error().message());
  const boost::urls::url_view view = *parsed;
  if (view.scheme() != "http" && view.scheme() != "https") {
    return refuse(text, "the scheme is neither http nor https");
  }
  if (view.has_userinfo()) return refuse(text, "user names in URLs are not used");
  if (view.encoded_host().empty()) return refuse(text, "the host is missing");
  ClientUrl url;
  url.tls = view.scheme() == "https";
  url.host = view.host();
  if (url.host.starts_with('[') && url.host.ends_with(']')) {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  url.port = url.tls ? 443 : 80;
  if (view.has_port() && !view.port().empty()) {
    const std::string_view digits{view.port().data(), view.port().size()};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc{} || url.port == 0) {
      return refuse(text, "the port is not a number from 1 to 65535");
    }
  }
  url.target = std::string{view.encoded_path()};
  if (url.target.empty()) url.target = "/";
  if (view.has_query()) {
    url.target += '?';
    url.target += std::string_view{view.encoded_query().data(), view.encoded_query().size()};
  }
  url.text = whole;
  return url;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char character : text) {
    const bool letter =
        (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    const bool digit = character >= '0' && character <= '9';
    if (letter || digit || std::string_view{"-._~"}.contains(character)) {
      out += character;
    } else {
      const auto byte = static_cast<std::uint8_t>(character);
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return out;
}

}  // namespace returnflows
