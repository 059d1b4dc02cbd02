#include "returnflows/cli/config.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/cli/config_file.h"
#include "returnflows/cli/input_file.h"
#include "returnflows/cli/settings.h"

namespace returnflows {
namespace {

// A value before it is understood, and where it was found.
struct Candidate {
  std::string text;
  std::string origin;
};

class Loader {
 public:
  explicit Loader(const ConfigSources& sources) : sources_(sources) {}

  Result<LoadedConfig> load() {
    read_file();
    LoadedConfig loaded;
    std::vector<std::string> origins;
    for (const Setting& setting : all_settings()) {
      origins.push_back(apply(setting, loaded.config));
    }
    check_together(loaded.config);
    if (!problems_.empty()) return fail(ErrorCode::kInvalidInput, all_problems());
    for (std::size_t i = 0; i < origins.size(); ++i) {
      const Setting& setting = all_settings()[i];
      loaded.settings.push_back({.key = setting.key,
                                 .value = setting.show(loaded.config),
                                 .origin = std::move(origins[i])});
    }
    return loaded;
  }

 private:
  void read_file() {
    if (!sources_.file) return;
    auto text = read_input(*sources_.file, limits::kConfigFileBytesMax);
    if (!text) {
      problems_.push_back("configuration file: " + text.error().detail);
      return;
    }
    auto parsed = parse_config_file(*text, *sources_.file);
    if (!parsed) {
      problems_.push_back(parsed.error().detail);
      return;
    }
    file_ = std::move(*parsed);
    problems_.insert(problems_.end(), file_.problems.begin(), file_.problems.end());
  }

  // Puts the strongest value of `setting` into `config`; returns where it came from.
  std::string apply(const Setting& setting, ServeConfig& config) {
    auto candidate = find(setting);
    if (!candidate) return "default";
    if (auto status = setting.apply(config, candidate->text); !status) {
      problems_.push_back(std::string{setting.key} + ": " + status.error().detail + " (from " +
                          candidate->origin + ")");
    }
    return std::move(candidate->origin);
  }

  std::optional<Candidate> find(const Setting& setting) {
    if (const auto flag = sources_.flags.find(setting.key); flag != sources_.flags.end()) {
      return Candidate{.text = flag->second, .origin = flag_name(setting)};
    }
    if (auto found = find_in_environment(setting)) return found;
    if (const auto value = file_.values.find(setting.key); value != file_.values.end()) {
      return Candidate{.text = value->second.text,
                       .origin = *sources_.file + " line " + std::to_string(value->second.line)};
    }
    return std::nullopt;
  }

  std::optional<Candidate> find_in_environment(const Setting& setting) {
    const std::string name = environment_name(setting);
    auto text = variable(name);
    // A file beside a setting that is itself a file would be one too many: secret_key and
    // secret_key_file share the variable RETURNFLOWS_SECRET_KEY_FILE, which is the latter's.
    const std::string file_variable = name + "_FILE";
    const bool taken = find_setting(std::string{setting.key} + "_file") != nullptr;
    const auto path = taken ? std::nullopt : variable(file_variable);
    if (text && path) {
      problems_.push_back(std::string{setting.key} + ": both " + name + " and " + file_variable +
                          " are set; unset one of them");
      return std::nullopt;
    }
    if (text) return Candidate{.text = std::move(*text), .origin = name};
    if (!path) return std::nullopt;
    auto content = read_input(*path, limits::kConfigFileBytesMax);
    if (!content) {
      problems_.push_back(std::string{setting.key} + ": " + content.error().detail + " (from " +
                          file_variable + ")");
      return std::nullopt;
    }
    // Editors and `echo` end a file with a newline that belongs to nobody.
    while (content->ends_with('\n') || content->ends_with('\r')) {
      content->pop_back();
    }
    return Candidate{.text = std::move(*content), .origin = file_variable};
  }

  std::optional<std::string> variable(const std::string& name) const {
    if (!sources_.environment) return std::nullopt;
    auto text = sources_.environment(name);
    return text && !text->empty() ? std::move(text) : std::nullopt;
  }

  void check_together(const ServeConfig& config) {
    if (!config.secret_key.empty() && !config.secret_key_file.empty()) {
      problems_.emplace_back(
          "secret_key: both secret_key and secret_key_file are given; leave one of them out");
    }
  }

  std::string all_problems() const {
    std::string text;
    for (const std::string& problem : problems_) {
      if (!text.empty()) text += '\n';
      text += problem;
    }
    return text;
  }

  const ConfigSources& sources_;
  FileConfig file_;
  std::vector<std::string> problems_;
};

}  // namespace

std::string ListenAddress::text() const {
  const bool is_v6 = host.contains(':');
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::size_t default_threads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

std::filesystem::path ServeConfig::effective_secret_key_file() const {
  return secret_key_file.empty() ? data_dir / "secret.key" : secret_key_file;
}

Result<LoadedConfig> load_config(const ConfigSources& sources) {
  return Loader(sources).load();
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before threads.
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

}  // namespace returnflows
