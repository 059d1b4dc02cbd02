#include "returnflows/cli/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "returnflows/base/encoding.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/cli/config.h"
#include "returnflows/cli/duration_text.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

std::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::kInvalidInput, std::move(detail));
}

std::string quoted(std::string_view text) {
  return "'" + std::string{text} + "'";
}

Result<std::size_t> parse_count(std::string_view text, std::size_t min, std::size_t max) {
  std::size_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < min || value > max) {
    return refuse(quoted(text) + " is not a whole number from " + std::to_string(min) + " to " +
                  std::to_string(max));
  }
  return value;
}

// The items between commas, without the space around them; empty ones are left out.
std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (!item.empty() && item.front() == ' ') {
      item.remove_prefix(1);
    }
    while (!item.empty() && item.back() == ' ') {
      item.remove_suffix(1);
    }
    if (!item.empty()) items.push_back(item);
  }
  return items;
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += ',';
    text += item;
  }
  return text;
}

Status apply_listen(ServeConfig& config, std::string_view value) {
  const std::size_t colon = value.rfind(':');
  std::string_view host = value.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const bool bare_ipv6 = !bracketed && host.contains(':');
  if (colon == std::string_view::npos || host.empty() || bare_ipv6) {
    return refuse(quoted(value) +
                  " is not HOST:PORT; write 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080");
  }
  auto port = parse_count(value.substr(colon + 1), 0, 65'535);
  if (!port) return refuse("the port of " + quoted(value) + ": " + port.error().detail);
  if (bracketed) host = host.substr(1, host.size() - 2);
  config.listen = {.host = std::string{host}, .port = static_cast<std::uint16_t>(*port)};
  return {};
}

Status apply_path(std::filesystem::path& path, std::string_view value) {
  if (value.empty() || value.contains('\0')) return refuse("the path is empty");
  path = value;
  return {};
}

Status apply_database_url(ServeConfig& config, std::string_view value) {
  if (!value.starts_with("postgresql://") && !value.starts_with("postgres://")) {
    return refuse(
        "it does not begin with postgresql://; leave it out to use SQLite in the data folder");
  }
  config.database_url = Secret{std::string{value}};
  return {};
}

// "postgresql://user:********@host/db": what is needed to tell databases apart.
std::string show_database_url(const ServeConfig& config) {
  const std::string_view url = config.database_url.reveal();
  const std::size_t authority = url.find("//");
  if (authority == std::string_view::npos) return {};
  const std::size_t at = url.substr(0, url.find('?')).rfind('@');
  const std::size_t colon = url.find(':', authority);
  std::string shown{url.substr(0, url.find('?'))};
  if (at != std::string_view::npos && colon != std::string_view::npos && colon < at) {
    shown.replace(colon + 1, at - colon - 1, kMask);
  }
  // The parameters may hold a password as well.
  if (url.contains('?')) shown.append("?").append(kMask);
  return shown;
}

std::string masked(const Secret& secret) {
  return secret.empty() ? std::string{} : std::string{kMask};
}

Status apply_admin_key(ServeConfig& config, std::string_view value) {
  const bool visible = std::ranges::all_of(
      value, [](char character) { return character > ' ' && character <= '~'; });
  if (!visible || value.size() < limits::kSecretBytesMin ||
      value.size() > limits::kSecretBytesMax) {
    return refuse("it must be " + std::to_string(limits::kSecretBytesMin) + " to " +
                  std::to_string(limits::kSecretBytesMax) +
                  " visible ASCII characters without spaces, such as rf_ and 32 random letters");
  }
  config.admin_key = Secret{std::string{value}};
  return {};
}

Status apply_egress_policy(ServeConfig& config, std::string_view value) {
  if (value != "public" && value != "private_ok") {
    return refuse(quoted(value) + " is not a policy; write public or private_ok");
  }
  config.egress.private_ok = value == "private_ok";
  return {};
}

// A dotted name of letters, digits and hyphens that cannot be mistaken for an address.
bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.front() == '.' || text.back() == '.') return false;
  bool has_letter = false;
  for (const char character : text) {
    const bool letter = (character >= 'a' && character <= 'z');
    const bool digit = character >= '0' && character <= '9';
    if (!letter && !digit && character != '-' && character != '.') return false;
    has_letter = has_letter || letter;
  }
  return has_letter;
}

Status apply_egress_allow(ServeConfig& config, std::string_view value) {
  std::vector<IpRange> ranges;
  std::vector<std::string> hosts;
  for (const std::string_view item : split_list(value)) {
    if (auto range = IpRange::parse(item)) {
      ranges.push_back(*range);
    } else if (is_host_name(item)) {
      hosts.emplace_back(item);
    } else {
      return refuse(quoted(item) +
                    " is neither an address range nor a host name in lower case; write 10.0.0.0/8, "
                    "192.0.2.7 or erp.example");
    }
  }
  config.egress.allow = std::move(ranges);
  config.egress.allow_hosts = std::move(hosts);
  return {};
}

Status apply_egress_deny(ServeConfig& config, std::string_view value) {
  std::vector<IpRange> ranges;
  for (const std::string_view item : split_list(value)) {
    auto range = IpRange::parse(item);
    if (!range) return refuse(quoted(item) + ": " + range.error().detail);
    ranges.push_back(*range);
  }
  config.egress.deny = std::move(ranges);
  return {};
}

std::vector<std::string> range_texts(const std::vector<IpRange>& ranges) {
  std::vector<std::string> texts;
  for (const IpRange& range : ranges) {
    texts.push_back(range.text());
  }
  return texts;
}

Status apply_log_format(ServeConfig& config, std::string_view value) {
  if (value != "text" && value != "json") {
    return refuse(quoted(value) + " is not a log format; write text or json");
  }
  config.log_format = value == "json" ? LogFormat::kJson : LogFormat::kText;
  return {};
}

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLogLevels{{
    {"debug", LogLevel::kDebug},
    {"info", LogLevel::kInfo},
    {"warning", LogLevel::kWarning},
    {"error", LogLevel::kError},
}};

Status apply_log_level(ServeConfig& config, std::string_view value) {
  for (const auto& [name, level] : kLogLevels) {
    if (name != value) continue;
    config.log_level = level;
    return {};
  }
  return refuse(quoted(value) + " is not a log level; write debug, info, warning or error");
}

std::string show_log_level(const ServeConfig& config) {
  for (const auto& [name, level] : kLogLevels) {
    if (level == config.log_level) return std::string{name};
  }
  return {};
}

Status apply_test_clock(ServeConfig& config, std::string_view value) {
  if (value != "true" && value != "false") {
    return refuse(quoted(value) + " is not a switch; write true or false");
  }
  config.test_clock = value == "true";
  return {};
}

Status apply_secret_key(ServeConfig& config, std::string_view value) {
  const auto bytes = decode_hex(value);
  if (!bytes || bytes->size() != 32) {
    return refuse("it must be 64 hexadecimal digits; make one with: openssl rand -hex 32");
  }
  config.secret_key = Secret{std::string{value}};
  return {};
}

Status apply_shutdown_grace(ServeConfig& config, std::string_view value) {
  auto duration = parse_duration(value);
  if (!duration) return refuse(duration.error().detail);
  if (*duration > std::chrono::hours{1}) return refuse(quoted(value) + " is more than one hour");
  config.shutdown_grace = *duration;
  return {};
}

constexpr std::array<Setting, 16> kSettings{{
    {"listen",
     SettingKind::kText,
     "HOST:PORT",
     "127.0.0.1:8080",
     "Address of the API and the console; port 0 picks a free one",
     apply_listen,
     [](const ServeConfig& config) { return config.listen.text(); }},
    {"data_dir",
     SettingKind::kText,
     "DIR",
     "./data",
     "Folder of the SQLite database and of the key that seals secrets",
     [](ServeConfig& config, std::string_view value) { return apply_path(config.data_dir, value); },
     [](const ServeConfig& config) { return config.data_dir.string(); }},
    {"database_url",
     SettingKind::kText,
     "URL",
     "none: SQLite in the data folder",
     "PostgreSQL to use instead of SQLite, as postgresql://USER:PASSWORD@HOST/DATABASE",
     apply_database_url,
     show_database_url},
    {"admin_key",
     SettingKind::kText,
     "KEY",
     "none: one is made on the first start and shown once",
     "A platform API key given from outside; better in a file named by RETURNFLOWS_ADMIN_KEY_FILE",
     apply_admin_key,
     [](const ServeConfig& config) { return masked(config.admin_key); }},
    {"egress_policy",
     SettingKind::kText,
     "POLICY",
     "public",
     "Which addresses endpoints may have: public, or private_ok to open private networks too",
     apply_egress_policy,
     [](const ServeConfig& config) {
       return std::string{config.egress.private_ok ? "private_ok" : "public"};
     }},
    {"egress_allow",
     SettingKind::kList,
     "RANGE,...",
     "empty",
     "Address ranges that are open whatever the policy says, and host names that may use plain "
     "http",
     apply_egress_allow,
     [](const ServeConfig& config) {
       std::vector<std::string> items = range_texts(config.egress.allow);
       items.insert(
           items.end(), config.egress.allow_hosts.begin(), config.egress.allow_hosts.end());
       return joined(items);
     }},
    {"egress_deny",
     SettingKind::kList,
     "RANGE,...",
     "empty",
     "Address ranges that are closed whatever else is open",
     apply_egress_deny,
     [](const ServeConfig& config) { return joined(range_texts(config.egress.deny)); }},
    {"ca_file",
     SettingKind::kText,
     "FILE",
     "none: those of the system",
     "Certificate authorities in PEM that are trusted besides those of the system",
     [](ServeConfig& config, std::string_view value) { return apply_path(config.ca_file, value); },
     [](const ServeConfig& config) { return config.ca_file.string(); }},
    {"log_format",
     SettingKind::kText,
     "FORMAT",
     "text",
     "Form of log lines: text or json",
     apply_log_format,
     [](const ServeConfig& config) {
       return std::string{config.log_format == LogFormat::kJson ? "json" : "text"};
     }},
    {"log_level",
     SettingKind::kText,
     "LEVEL",
     "info",
     "Least level that is logged: debug, info, warning or error",
     apply_log_level,
     show_log_level},
    {"threads",
     SettingKind::kNumber,
     "N",
     "the number of cores, at most 4",
     "Threads that serve requests and send events, 1 to 64",
     [](ServeConfig& config, std::string_view value) -> Status {
       RF_TRY(config.threads, parse_count(value, 1, 64));
       return {};
     },
     [](const ServeConfig& config) { return std::to_string(config.threads); }},
    {"max_in_flight",
     SettingKind::kNumber,
     "N",
     "10000",
     "Requests under way to all endpoints together, 1 to 100000",
     [](ServeConfig& config, std::string_view value) -> Status {
       RF_TRY(config.max_in_flight, parse_count(value, 1, 100'000));
       return {};
     },
     [](const ServeConfig& config) { return std::to_string(config.max_in_flight); }},
    {"shutdown_grace",
     SettingKind::kText,
     "DURATION",
     "20s",
     "How long a stopping server waits for requests under way, at most 1h",
     apply_shutdown_grace,
     [](const ServeConfig& config) { return format_duration(config.shutdown_grace); }},
    {"secret_key",
     SettingKind::kText,
     "HEX",
     "none: read from secret_key_file",
     "The key that seals stored secrets, 64 hexadecimal digits",
     apply_secret_key,
     [](const ServeConfig& config) { return masked(config.secret_key); }},
    {"secret_key_file",
     SettingKind::kText,
     "FILE",
     "secret.key in the data folder",
     "File of the key that seals stored secrets; made on the first start",
     [](ServeConfig& config, std::string_view value) {
       return apply_path(config.secret_key_file, value);
     },
     [](const ServeConfig& config) {
       return config.secret_key.empty() ? config.effective_secret_key_file().string()
                                        : std::string{};
     }},
    {"test_clock",
     SettingKind::kSwitch,
     "",
     "false",
     "For tests only: a clock that POST /v1/test-clock moves forward",
     apply_test_clock,
     [](const ServeConfig& config) { return std::string{config.test_clock ? "true" : "false"}; }},
}};

}  // namespace

std::span<const Setting> all_settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view key) {
  const auto* found = std::ranges::find(kSettings, key, &Setting::key);
  return found == kSettings.end() ? nullptr : found;
}

std::string flag_name(const Setting& setting) {
  std::string name = "--" + std::string{setting.key};
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string environment_name(const Setting& setting) {
  std::string name = "RETURNFLOWS_";
  for (const char character : setting.key) {
    const bool lower = character >= 'a' && character <= 'z';
    name += lower ? static_cast<char>(character - 'a' + 'A') : character;
  }
  return name;
}

std::string settings_markdown() {
  std::string text;
  for (const Setting& setting : kSettings) {
    text += "| `" + std::string{setting.key} + "` | `" + flag_name(setting) + "` | `" +
            environment_name(setting) + "` | " + std::string{setting.default_text} + " | " +
            std::string{setting.help} + ". |\n";
  }
  return text;
}

}  // namespace returnflows
