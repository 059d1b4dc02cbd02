#include "returnflows/cli/config_file.h"

#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "returnflows/base/result.h"
#include "returnflows/cli/nearest_name.h"
#include "returnflows/cli/settings.h"

namespace returnflows {
namespace {

std::string place(std::string_view name, const toml::source_region& source) {
  return std::string{name} + " line " + std::to_string(source.begin.line);
}

std::string unknown_key(std::string_view key, bool is_table) {
  if (is_table) {
    return "there is no section '" + std::string{key} + "'; all keys stand at the top level";
  }
  std::vector<std::string_view> known;
  for (const Setting& setting : all_settings()) {
    known.push_back(setting.key);
  }
  std::string text = "there is no key '" + std::string{key} + "'";
  if (const auto nearest = nearest_name(key, known)) {
    text += "; did you mean '" + std::string{*nearest} + "'?";
  }
  return text;
}

// The strings of a list with commas between them; nullopt when something else is in it. A comma
// inside an item is refused too: it would become two.
std::optional<std::string> list_text(const toml::array& items) {
  std::string text;
  for (const toml::node& item : items) {
    const auto* one = item.as_string();
    if (one == nullptr || one->get().contains(',')) return std::nullopt;
    if (!text.empty()) text += ',';
    text += one->get();
  }
  return text;
}

// The value as the command line would give it; nullopt when it is of another kind.
std::optional<std::string> value_text(SettingKind kind, const toml::node& node) {
  switch (kind) {
    case SettingKind::kText:
      if (const auto* text = node.as_string()) return text->get();
      return std::nullopt;
    case SettingKind::kNumber:
      if (const auto* number = node.as_integer()) return std::to_string(number->get());
      return std::nullopt;
    case SettingKind::kSwitch:
      if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
      return std::nullopt;
    case SettingKind::kList:
      if (const auto* text = node.as_string()) return text->get();
      if (const auto* items = node.as_array()) return list_text(*items);
      return std::nullopt;
  }
  return std::nullopt;
}

std::string_view kind_words(SettingKind kind) {
  switch (kind) {
    case SettingKind::kText:
      return "a string in quotes";
    case SettingKind::kNumber:
      return "a whole number without quotes";
    case SettingKind::kSwitch:
      return "true or false without quotes";
    case SettingKind::kList:
      return "a list of strings";
  }
  return "another kind of value";
}

Result<toml::table> parse_toml(std::string_view text, std::string_view name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalidInput,
                place(name, error.source()) + ": " + std::string{error.description()});
  }
}

}  // namespace

Result<FileConfig> parse_config_file(std::string_view text, std::string_view name) {
  RF_TRY(const toml::table table, parse_toml(text, name));
  FileConfig config;
  for (const auto& [key, node] : table) {
    const std::string where = place(name, node.source());
    const Setting* setting = find_setting(key.str());
    if (setting == nullptr) {
      config.problems.push_back(where + ": " + unknown_key(key.str(), node.is_table()));
      continue;
    }
    auto value = value_text(setting->kind, node);
    if (!value) {
      config.problems.push_back(where + ": " + std::string{key.str()} + " must be " +
                                std::string{kind_words(setting->kind)});
      continue;
    }
    config.values.emplace(key.str(),
                          FileValue{.text = std::move(*value), .line = node.source().begin.line});
  }
  return config;
}

}  // namespace returnflows
