#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/observability/log.h"

namespace returnflows {

struct ListenAddress {
  std::string host = "127.0.0.1";  // An address or a name; IPv6 without brackets.
  std::uint16_t port = 8080;       // 0: the system picks a free one.

  // "127.0.0.1:8080", "[::1]:8080".
  std::string text() const;
};

// Shards by default: min(4, cores). More than four did not pay on the machines it was tried on.
std::size_t default_threads();

// Everything that `serve` and `migrate` are told from outside. The names, defaults and ranges stand
// in settings.cc, and for people in docs/operating/configuration.md.
struct ServeConfig {
  ListenAddress listen;
  std::filesystem::path data_dir = "./data";
  Secret database_url;  // Empty: SQLite in data_dir.
  Secret admin_key;     // Empty: one is made on the first start.
  EgressPolicy egress;
  LogFormat log_format = LogFormat::kText;
  LogLevel log_level = LogLevel::kInfo;
  std::size_t threads = default_threads();
  bool test_clock = false;
  Secret secret_key;                      // 64 hex digits; empty: read from secret_key_file.
  std::filesystem::path secret_key_file;  // Empty: "secret.key" in data_dir.
  std::size_t max_in_flight = 10'000;     // Requests under way to all endpoints together.
  std::chrono::milliseconds shutdown_grace = std::chrono::seconds{20};
  std::filesystem::path ca_file;  // Empty: the system's certificate authorities only.

  // Where the key that seals stored secrets rests, when it is not in `secret_key`.
  std::filesystem::path effective_secret_key_file() const;
};

// Where values may come from, strongest first.
struct ConfigSources {
  // By key ("data_dir"), as given with --data-dir.
  std::map<std::string, std::string, std::less<>> flags;
  // Reads one environment variable; nullopt when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // The TOML file of --config or RETURNFLOWS_CONFIG.
  std::optional<std::string> file;
};

// One setting as it is in force.
struct EffectiveSetting {
  std::string_view key;
  std::string value;   // As it would be written in the file; secrets masked.
  std::string origin;  // "--listen", "RETURNFLOWS_LISTEN", "returnflows.toml line 3", "default".
};

struct LoadedConfig {
  ServeConfig config;
  std::vector<EffectiveSetting> settings;  // One for each, in the order of the documentation.
};

// Puts the configuration together: flag, then RETURNFLOWS_<KEY> or the file that
// RETURNFLOWS_<KEY>_FILE names, then the TOML file, then the default. An empty variable counts as
// not set.
//
// Errors: kInvalidInput; `detail` has one line for every wrong value, each naming the key, what is
// wrong and where the value came from. Values of secrets never appear in it.
Result<LoadedConfig> load_config(const ConfigSources& sources);

// The environment of this process, for ConfigSources.
std::optional<std::string> process_environment(const std::string& name);

}  // namespace returnflows
