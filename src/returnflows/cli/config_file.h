#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"

namespace returnflows {

// One value of a configuration file as text, and the line it stands on (from 1).
struct FileValue {
  std::string text;
  std::size_t line = 0;
};

// What a configuration file says. Keys without a setting, and values of the wrong kind, are left
// out of `values` and named in `problems`, a sentence each.
struct FileConfig {
  std::map<std::string, FileValue, std::less<>> values;
  std::vector<std::string> problems;
};

// Reads the TOML text of a configuration file; `name` is how it is called in messages. All keys
// stand at the top level; an unknown one is a problem that names the nearest known key.
// Errors: kInvalidInput when the text is not TOML, with the line. Thread: any.
Result<FileConfig> parse_config_file(std::string_view text, std::string_view name);

}  // namespace returnflows
