#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returnflows {

// What a tag that is not ours stands for. Nothing has it; 0 is that of settings nobody has changed.
inline constexpr std::int64_t kNoVersion = -1;

// The versions that an If-Match header names by the tags of version_tag(). Empty when there is no
// header, or it is "*": then any version will do. Source: RFC 9110 §13.1.1.
std::vector<std::int64_t> versions_of_if_match(std::string_view if_match);

// Whether `versions`, as above, let a thing of this version be changed.
bool allows(const std::vector<std::int64_t>& versions, std::int64_t version);

// How often a change is tried again on top of somebody else's: only a client that gives no If-Match
// says that it does not mind.
inline constexpr int kUpdateTriesMax = 5;

// The strong entity tag of a version: "v3" in quotes.
std::string version_tag(std::int64_t version);

// "etag: \"v3\"\r\n", for Response::header_lines.
std::string etag_line(std::int64_t version);

}  // namespace returnflows
