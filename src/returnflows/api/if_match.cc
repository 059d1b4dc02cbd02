#include "returnflows/api/if_match.h"

#include <algorithm>
#include <charconv>

namespace returnflows {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

// The version of `tag`, or kNoVersion when it is not one of version_tag().
std::int64_t version_of(std::string_view tag) {
  if (!tag.starts_with("\"v") || !tag.ends_with('"') || tag.size() < 4) return kNoVersion;
  tag = tag.substr(2, tag.size() - 3);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
  return error == std::errc{} && end == tag.data() + tag.size() ? version : kNoVersion;
}

}  // namespace

std::vector<std::int64_t> versions_of_if_match(std::string_view if_match) {
  std::vector<std::int64_t> versions;
  if_match = trimmed(if_match);
  if (if_match == "*") return versions;
  while (!if_match.empty()) {
    const std::size_t comma = if_match.find(',');
    versions.push_back(version_of(trimmed(if_match.substr(0, comma))));
    if_match = comma == std::string_view::npos ? std::string_view{} : if_match.substr(comma + 1);
  }
  return versions;
}

bool allows(const std::vector<std::int64_t>& versions, std::int64_t version) {
  return versions.empty() || std::ranges::find(versions, version) != versions.end();
}

std::string version_tag(std::int64_t version) {
  return "\"v" + std::to_string(version) + "\"";
}

std::string etag_line(std::int64_t version) {
  return "etag: " + version_tag(version) + "\r\n";
}

}  // namespace returnflows
