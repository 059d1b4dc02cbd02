#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/cli/config.h"

namespace returnflows {

// How a value may be written in TOML. On the command line and in the environment all are text.
enum class SettingKind : std::uint8_t {
  kText,    // A string.
  kNumber,  // An integer.
  kSwitch,  // true or false; a flag without a value.
  kList,    // A list of strings; elsewhere separated by commas.
};

// One row of the table that flags, environment, TOML, `check-config`, the help and the
// documentation are all made from.
struct Setting {
  std::string_view key;  // As in TOML: "data_dir".
  SettingKind kind;
  std::string_view value_name;    // In the help: "HOST:PORT".
  std::string_view default_text;  // For people.
  std::string_view help;          // One sentence without its full stop.
  // Puts `value` into the configuration. Errors: kInvalidInput with what is wrong and an example
  // of what is right; never the value of a secret.
  Status (*apply)(ServeConfig& config, std::string_view value);
  // The value in force as apply() would take it, secrets masked.
  std::string (*show)(const ServeConfig& config);
};

// Every setting in the order of the documentation; valid for the life of the process.
std::span<const Setting> all_settings();

// nullptr when there is none of that key.
const Setting* find_setting(std::string_view key);

std::string flag_name(const Setting& setting);         // "--data-dir"
std::string environment_name(const Setting& setting);  // "RETURNFLOWS_DATA_DIR"

// The table of docs/operating/configuration.md, one line for each setting; a test compares them.
std::string settings_markdown();

// What stands for a secret wherever one would be shown.
inline constexpr std::string_view kMask = "********";

}  // namespace returnflows
