#include "returnflows/cli/config.h"

#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "returnflows/cli/config_file.h"
#include "returnflows/cli/settings.h"

namespace returnflows {
namespace {

using testing::HasSubstr;
using testing::Not;

// A file of a test, deleted with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const int descriptor = ::mkstemp(path_.data());
    EXPECT_GE(descriptor, 0);
    EXPECT_EQ(::write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(descriptor);
  }

  ~TemporaryFile() { ::unlink(path_.c_str()); }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/returnflows_config_XXXXXX";
};

using Variables = std::map<std::string, std::string>;

ConfigSources sources_with(std::map<std::string, std::string, std::less<>> flags,
                           Variables variables = {},
                           std::optional<std::string> file = {}) {
  return {.flags = std::move(flags),
          .environment = [variables = std::move(variables)](
                             const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
          },
          .file = std::move(file)};
}

EffectiveSetting effective(const LoadedConfig& loaded, std::string_view key) {
  for (const EffectiveSetting& setting : loaded.settings) {
    if (setting.key == key) return setting;
  }
  ADD_FAILURE() << "no setting " << key;
  return {};
}

// What is wrong with a configuration; a failure when nothing is.
std::string problem(const ConfigSources& sources) {
  const auto loaded = load_config(sources);
  EXPECT_FALSE(loaded.has_value());
  if (loaded) return {};
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalidInput);
  return loaded.error().detail;
}

TEST(Config, HasDefaultsForEverything) {
  const auto loaded = load_config(sources_with({}));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  EXPECT_EQ(loaded->config.listen.text(), "127.0.0.1:8080");
  EXPECT_EQ(loaded->config.data_dir, "./data");
  EXPECT_TRUE(loaded->config.database_url.empty());
  EXPECT_FALSE(loaded->config.egress.private_ok);
  EXPECT_EQ(loaded->config.effective_secret_key_file(), "./data/secret.key");
  for (const EffectiveSetting& setting : loaded->settings) {
    EXPECT_EQ(setting.origin, "default") << setting.key;
  }
}

TEST(Config, PrefersFlagsToVariablesToTheFileToDefaults) {
  const TemporaryFile file("listen = \"127.0.0.1:1\"\nlog_level = \"debug\"\nthreads = 3\n");
  const auto loaded = load_config(
      sources_with({{"listen", "127.0.0.1:3"}},
                   {{"RETURNFLOWS_LISTEN", "127.0.0.1:2"}, {"RETURNFLOWS_LOG_LEVEL", "error"}},
                   file.path()));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  EXPECT_EQ(loaded->config.listen.port, 3);
  EXPECT_EQ(effective(*loaded, "listen").origin, "--listen");
  EXPECT_EQ(loaded->config.log_level, LogLevel::kError);
  EXPECT_EQ(effective(*loaded, "log_level").origin, "RETURNFLOWS_LOG_LEVEL");
  EXPECT_EQ(loaded->config.threads, 3U);
  EXPECT_EQ(effective(*loaded, "threads").origin, file.path() + " line 3");
  EXPECT_EQ(effective(*loaded, "max_in_flight").origin, "default");
}

TEST(Config, ReadsSecretsFromFilesThatVariablesName) {
  const TemporaryFile file("rf_from_a_file\n");
  const auto loaded = load_config(sources_with({}, {{"RETURNFLOWS_ADMIN_KEY_FILE", file.path()}}));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  EXPECT_EQ(loaded->config.admin_key.reveal(), "rf_from_a_file");
  EXPECT_EQ(effective(*loaded, "admin_key").origin, "RETURNFLOWS_ADMIN_KEY_FILE");
}

TEST(Config, RefusesAVariableAndItsFileTogether) {
  EXPECT_THAT(problem(sources_with({},
                                   {{"RETURNFLOWS_ADMIN_KEY", "rf_12345678"},
                                    {"RETURNFLOWS_ADMIN_KEY_FILE", "/run/key"}})),
              HasSubstr("both RETURNFLOWS_ADMIN_KEY and RETURNFLOWS_ADMIN_KEY_FILE are set"));
}

TEST(Config, NamesTheVariableWhoseFileIsMissing) {
  EXPECT_THAT(
      problem(sources_with({}, {{"RETURNFLOWS_DATABASE_URL_FILE", "/nowhere/url"}})),
      testing::AllOf(HasSubstr("/nowhere/url"), HasSubstr("RETURNFLOWS_DATABASE_URL_FILE")));
}

TEST(Config, TakesAnEmptyVariableAsNotSet) {
  const auto loaded = load_config(sources_with({}, {{"RETURNFLOWS_LISTEN", ""}}));
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->config.listen.port, 8080);
}

TEST(Config, SaysWhereAWrongValueCameFrom) {
  const TemporaryFile file("\n\nlog_format = \"xml\"\n");
  const std::string text = problem(
      sources_with({{"listen", "nonsense"}}, {{"RETURNFLOWS_THREADS", "many"}}, file.path()));
  EXPECT_THAT(text, HasSubstr("listen: 'nonsense' is not HOST:PORT"));
  EXPECT_THAT(text, HasSubstr("(from --listen)"));
  EXPECT_THAT(text, HasSubstr("threads: 'many' is not a whole number from 1 to 64"));
  EXPECT_THAT(text, HasSubstr("(from RETURNFLOWS_THREADS)"));
  EXPECT_THAT(text, HasSubstr("log_format: 'xml' is not a log format; write text or json"));
  EXPECT_THAT(text, HasSubstr("(from " + file.path() + " line 3)"));
}

TEST(Config, NeverRepeatsASecretInAnError) {
  const std::string text = problem(sources_with({{"admin_key", "short 7"},
                                                 {"secret_key", "not hex 8"},
                                                 {"database_url", "mysql://u:p9@h/d"}}));
  EXPECT_THAT(text, HasSubstr("admin_key:"));
  EXPECT_THAT(text, HasSubstr("secret_key:"));
  EXPECT_THAT(text, HasSubstr("database_url:"));
  EXPECT_THAT(text, Not(HasSubstr("short 7")));
  EXPECT_THAT(text, Not(HasSubstr("not hex 8")));
  EXPECT_THAT(text, Not(HasSubstr("p9")));
}

TEST(Config, MasksSecretsInWhatItShows) {
  const auto loaded = load_config(
      sources_with({{"admin_key", "rf_very_secret"},
                    {"secret_key", std::string(64, 'a')},
                    {"database_url", "postgresql://rf:hunter2@db:5432/rf?password=hunter3"}}));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  EXPECT_EQ(effective(*loaded, "admin_key").value, "********");
  EXPECT_EQ(effective(*loaded, "secret_key").value, "********");
  EXPECT_EQ(effective(*loaded, "database_url").value,
            "postgresql://rf:********@db:5432/rf?********");
}

TEST(Config, RefusesASecretKeyBesideASecretKeyFile) {
  EXPECT_THAT(problem(sources_with(
                  {{"secret_key", std::string(64, 'a')}, {"secret_key_file", "/etc/key"}})),
              HasSubstr("both secret_key and secret_key_file are given"));
}

TEST(Config, TakesTheSecretKeyFileFromItsOwnVariable) {
  const auto loaded =
      load_config(sources_with({}, {{"RETURNFLOWS_SECRET_KEY_FILE", "/run/secrets/key"}}));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  EXPECT_EQ(loaded->config.secret_key_file, "/run/secrets/key");
  EXPECT_TRUE(loaded->config.secret_key.empty());
}

TEST(Config, ReadsEgressListsFromFlagsAndFile) {
  const TemporaryFile file(R"(egress_deny = ["203.0.113.0/24", "2001:db8::/32"])");
  const auto loaded = load_config(
      sources_with({{"egress_allow", "127.0.0.0/8, ::1,erp.internal"}}, {}, file.path()));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  EXPECT_EQ(loaded->config.egress.allow.size(), 2U);
  EXPECT_EQ(loaded->config.egress.allow_hosts, std::vector<std::string>{"erp.internal"});
  EXPECT_EQ(loaded->config.egress.deny.size(), 2U);
  EXPECT_EQ(effective(*loaded, "egress_allow").value, "127.0.0.0/8,::1,erp.internal");
}

TEST(Config, RefusesEgressItemsThatAreNeitherRangeNorHost) {
  for (const char* item : {"10.0.0.0/33", "10.0.0", "http://erp.internal", "ERP", "*"}) {
    EXPECT_THAT(problem(sources_with({{"egress_allow", item}})), HasSubstr(item));
  }
}

TEST(Config, TakesIpv6AddressesInBrackets) {
  const auto loaded = load_config(sources_with({{"listen", "[::1]:0"}}));
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->config.listen.host, "::1");
  EXPECT_EQ(loaded->config.listen.port, 0);
  EXPECT_EQ(loaded->config.listen.text(), "[::1]:0");
}

TEST(Config, RefusesAddressesThatAreNotHostAndPort) {
  for (const char* text : {"8080", ":8080", "::1:8080", "127.0.0.1:", "127.0.0.1:65536", "a:-1"}) {
    EXPECT_THAT(problem(sources_with({{"listen", text}})), HasSubstr("--listen")) << text;
  }
}

TEST(ConfigFile, NamesTheNearestKeyOfAnUnknownOne) {
  const TemporaryFile file("data_dri = \"/var\"\n");
  EXPECT_THAT(problem(sources_with({}, {}, file.path())),
              HasSubstr("line 1: there is no key 'data_dri'; did you mean 'data_dir'?"));
}

TEST(ConfigFile, RefusesSections) {
  const auto file = parse_config_file("[server]\nlisten = \"a:1\"\n", "rf.toml");
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->problems,
              testing::ElementsAre(HasSubstr("there is no section 'server'; all keys stand at the "
                                             "top level")));
}

TEST(ConfigFile, RefusesValuesOfAnotherKind) {
  const auto file = parse_config_file(
      "threads = \"4\"\ntest_clock = \"yes\"\nlisten = 8080\negress_allow = [1]\n", "rf.toml");
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->problems,
              testing::UnorderedElementsAre(
                  HasSubstr("line 1: threads must be a whole number without quotes"),
                  HasSubstr("line 2: test_clock must be true or false without quotes"),
                  HasSubstr("line 3: listen must be a string in quotes"),
                  HasSubstr("line 4: egress_allow must be a list of strings")));
}

TEST(ConfigFile, NamesTheLineThatIsNotToml) {
  const auto file = parse_config_file("listen = \"a:1\"\nthreads = = 4\n", "rf.toml");
  ASSERT_FALSE(file.has_value());
  EXPECT_THAT(file.error().detail, HasSubstr("rf.toml line 2"));
}

TEST(ConfigFile, RefusesLettersBeyondAsciiOutsideOfQuotes) {
  for (const char* text : {"\nløg = 1\n", "\nlisten = ø\n", "\n\xEF\xBF\xBE[s]\n", "\na@b = 1\n"}) {
    const auto file = parse_config_file(text, "rf.toml");
    ASSERT_FALSE(file.has_value()) << text;
    EXPECT_THAT(file.error().detail,
                testing::AllOf(HasSubstr("rf.toml line 2"), HasSubstr("belong in quotes")));
  }
}

TEST(ConfigFile, RefusesBytesThatAreNoText) {
  EXPECT_FALSE(parse_config_file("data_dir = \"\xff\"", "rf.toml").has_value());
  EXPECT_FALSE(parse_config_file("data_dir = \"\\u0040ab\"", "rf.toml").has_value());
}

TEST(ConfigFile, TakesLettersBeyondAsciiInStringsAndComments) {
  const auto file = parse_config_file(
      "\xEF\xBB\xBF# får\ndata_dir = \"/få\\\"r\" # ø\nca_file = \'\'\'/æ\'\'\'\n"
      "log_level = \"\"\"\"ø@41\"\"\"\"\"\n",
      "rf.toml");
  ASSERT_TRUE(file.has_value()) << file.error().detail;
  EXPECT_EQ(file->values.at("data_dir").text, "/få\"r");
  EXPECT_EQ(file->values.at("ca_file").text, "/æ");
  EXPECT_EQ(file->values.at("log_level").text, "\"ø@41\"\"");
}

TEST(ConfigFile, IsNamedWhenItIsMissing) {
  EXPECT_THAT(problem(sources_with({}, {}, "/nowhere/rf.toml")), HasSubstr("/nowhere/rf.toml"));
}

TEST(Settings, ShowWhatTheyWereGiven) {
  const std::map<std::string_view, std::string> examples = {
      {"listen", "0.0.0.0:9"},
      {"data_dir", "/var/lib/rf"},
      {"egress_policy", "private_ok"},
      {"egress_allow", "10.0.0.0/8,erp.internal"},
      {"egress_deny", "10.1.0.0/16"},
      {"ca_file", "/etc/ca.pem"},
      {"log_format", "json"},
      {"log_level", "warning"},
      {"threads", "2"},
      {"max_in_flight", "77"},
      {"shutdown_grace", "90s"},
      {"secret_key_file", "/etc/rf.key"},
      {"test_clock", "true"}};
  for (const auto& [key, text] : examples) {
    ServeConfig config;
    const Setting* setting = find_setting(key);
    ASSERT_NE(setting, nullptr) << key;
    const Status applied = setting->apply(config, text);
    ASSERT_TRUE(applied.has_value()) << applied.error().detail;
    EXPECT_EQ(setting->show(config), text) << key;
  }
}

TEST(Settings, AreDocumentedAsTheyAre) {
  std::ifstream file(RF_SOURCE_DIR "/docs/operating/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(page.empty());
  const std::string start = "|---|---|---|---|---|\n";
  const std::size_t at = page.find(start);
  ASSERT_NE(at, std::string::npos);
  const std::size_t first = at + start.size();
  const std::size_t end = page.find("\n\n", first) + 1;
  EXPECT_EQ(page.substr(first, end - first), settings_markdown());
}

}  // namespace
}  // namespace returnflows
