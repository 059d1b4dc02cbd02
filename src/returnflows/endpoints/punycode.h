#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace returnflows {

// The ASCII form of a host name with letters beyond ASCII: "bücher.example" becomes
// "xn--bcher-kva.example". For error messages that tell people what to write, not for connecting:
// it lower-cases Latin, Greek and Cyrillic letters only and does not normalise, so it answers
// nullopt for what would need that (combining marks, full-width forms, invisible characters) and
// for text that is not UTF-8.
//
// Thread: any. Source: RFC 3492 (Punycode), RFC 5891 §4.4.
std::optional<std::string> suggest_ascii_host(std::string_view host);

}  // namespace returnflows
