// The commands that need the configuration of the server: serve, migrate, check-config.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "returnflows/base/result.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/config.h"
#include "returnflows/cli/entry.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/settings.h"
#include "returnflows/cli/table.h"
#include "returnflows/cli/terminal.h"

namespace returnflows {
namespace {

// The flags of all settings as they were given.
struct ConfigFlags {
  std::string file;
  std::map<std::string, std::string, std::less<>> values;
};

std::shared_ptr<ConfigFlags> add_config_options(CLI::App& command) {
  auto flags = std::make_shared<ConfigFlags>();
  command.add_option("--config", flags->file, "TOML file with settings [RETURNFLOWS_CONFIG]")
      ->type_name("FILE");
  for (const Setting& setting : all_settings()) {
    std::string help{setting.help};
    help +=
        " [" + environment_name(setting) + "] (default: " + std::string{setting.default_text} + ")";
    const std::string key{setting.key};
    const auto take = [flags, key](const std::string& value) { flags->values[key] = value; };
    if (setting.kind == SettingKind::kSwitch) {
      command.add_flag_callback(flag_name(setting), [take] { take("true"); }, help);
    } else {
      command.add_option_function<std::string>(flag_name(setting), take, help)
          ->type_name(std::string{setting.value_name});
    }
  }
  return flags;
}

Result<LoadedConfig> load(const ConfigFlags& flags) {
  ConfigSources sources{.flags = flags.values, .environment = process_environment, .file = {}};
  if (!flags.file.empty()) {
    sources.file = flags.file;
  } else if (auto file = process_environment("RETURNFLOWS_CONFIG"); file && !file->empty()) {
    sources.file = std::move(*file);
  }
  return load_config(sources);
}

// An action that needs a right configuration; says what is wrong with it otherwise.
std::function<int(const CommandLine&)> with_config(
    std::shared_ptr<ConfigFlags> flags,
    std::function<int(const CommandLine&, const LoadedConfig&)> work) {
  return [flags = std::move(flags), work = std::move(work)](const CommandLine& line) {
    const auto loaded = load(*flags);
    if (!loaded) {
      Terminal(line.options.no_color)
          .error("the configuration is wrong:\n" + loaded.error().detail);
      return exit_codes::kUsage;
    }
    return work(line, *loaded);
  };
}

int show_config(const CommandLine& line, const LoadedConfig& loaded) {
  const auto session = Session::make(line.options);
  if (!session) {
    Terminal(line.options.no_color).error(session.error().detail);
    return exit_codes::kUsage;
  }
  if (session->form() == OutputForm::kTable) {
    Table table{.columns = {{.title = "SETTING"},
                            {.title = "VALUE", .shrink = Shrink::kToFit},
                            {.title = "FROM", .shrink = Shrink::kToFit}},
                .rows = {}};
    for (const EffectiveSetting& setting : loaded.settings) {
      table.rows.push_back({std::string{setting.key}, setting.value, setting.origin});
    }
    session->terminal().print(render_table(table, session->terminal().width()));
    return exit_codes::kOk;
  }
  std::string json = "{";
  for (const EffectiveSetting& setting : loaded.settings) {
    if (json.size() > 1) json += ',';
    json += json_quote(setting.key) + ":{\"value\":" + json_quote(setting.value) +
            ",\"from\":" + json_quote(setting.origin) + "}";
  }
  session->show_object(json + "}");
  return exit_codes::kOk;
}

}  // namespace

void add_serve_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand("serve", "Run the server until it is told to stop");
  command.footer(example_footer("returnflows serve --data-dir /var/lib/returnflows"));
  const auto flags = add_config_options(command);
  command.callback([&line, flags] {
    line.action = with_config(flags, [](const CommandLine& now, const LoadedConfig& loaded) {
      return now.parts.serve(loaded.config);
    });
  });
}

void add_migrate_command(CLI::App& app, CommandLine& line) {
  CLI::App& command =
      *app.add_subcommand("migrate", "Bring the database up to date; `serve` does it as well");
  command.footer(example_footer("returnflows migrate --dry-run --data-dir /var/lib/returnflows"));
  const auto flags = add_config_options(command);
  const auto dry_run = std::make_shared<bool>(false);
  command.add_flag("--dry-run", *dry_run, "Only say what would be done");
  command.callback([&line, flags, dry_run] {
    line.action = with_config(flags, [dry_run](const CommandLine& now, const LoadedConfig& loaded) {
      return now.parts.migrate(loaded.config, *dry_run);
    });
  });
}

void add_check_config_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand(
      "check-config", "Check the configuration and show what is in force, secrets masked");
  command.footer(example_footer("returnflows check-config --config /etc/returnflows.toml"));
  const auto flags = add_config_options(command);
  command.callback([&line, flags] { line.action = with_config(flags, show_config); });
}

}  // namespace returnflows
