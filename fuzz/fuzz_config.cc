// A configuration file is anybody's text: reading it must not crash, and what is shown of a value
// that was taken must be taken again and mean the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/check.h"
#include "returnflows/cli/config_file.h"
#include "returnflows/cli/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;  // NOLINT(google-build-using-namespace)
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto file = parse_config_file(text, "fuzz.toml");
  if (!file) {
    RF_CHECK(!file.error().detail.empty());
    return 0;
  }
  for (const auto& [key, value] : file->values) {
    const Setting* setting = find_setting(key);
    RF_CHECK(setting != nullptr && value.line >= 1);
    ServeConfig config;
    if (!setting->apply(config, value.text)) continue;
    const std::string shown = setting->show(config);
    // Secrets are shown as a mask, and an empty list as nothing.
    if (shown.empty() || shown.contains(kMask)) continue;
    ServeConfig again;
    RF_CHECK(setting->apply(again, shown).has_value());
    RF_CHECK(setting->show(again) == shown);
  }
  return 0;
}
