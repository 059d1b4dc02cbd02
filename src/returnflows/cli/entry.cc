#include "returnflows/cli/entry.h"

#include <array>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "returnflows/base/result.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/terminal.h"
#include "returnflows/events/nearest_name.h"

namespace returnflows {
namespace {

constexpr std::string_view kExitCodes =
    "Exit codes: 0 done, 1 the server refused (or a signature is not good), 2 wrong use,\n"
    "3 the server cannot be reached.";

constexpr std::string_view kVersion = "returnflows " RF_VERSION;

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--url", options.url, "The server; stands before the command")
      ->capture_default_str()
      ->envname("RETURNFLOWS_URL")
      ->type_name("URL");
  app.add_option("--api-key", options.api_key, "Key to call it with")
      ->envname("RETURNFLOWS_API_KEY")
      ->type_name("KEY");
  app.add_option("--merchant", options.merchant, "Merchant to act for, with a platform key")
      ->envname("RETURNFLOWS_MERCHANT")
      ->type_name("ID");
  app.add_option("--output,-o", options.output, "table, json or ndjson")
      ->capture_default_str()
      ->envname("RETURNFLOWS_OUTPUT")
      ->type_name("FORM");
  app.add_option("--client-ca-file",
                 options.ca_file,
                 "Certificate authorities in PEM to trust besides those of the system")
      ->type_name("FILE");
  app.add_flag("--no-color", options.no_color, "Plain text, also on a terminal [NO_COLOR]");
}

void add_commands(CLI::App& app, CommandLine& line) {
  add_serve_command(app, line);
  add_migrate_command(app, line);
  add_check_config_command(app, line);
  add_events_command(app, line);
  add_endpoints_command(app, line);
  add_deliveries_command(app, line);
  add_export_command(app, line);
  add_trigger_command(app, line);
  add_listen_command(app, line);
  add_sign_command(app, line);
  add_verify_command(app, line);
  add_keys_command(app, line);
  add_merchants_command(app, line);
  add_openapi_command(app, line);
  add_version_command(app, line);
}

// The innermost command that the arguments named: its help is the one to point at.
const CLI::App& chosen_command(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) {
    chosen = chosen->get_subcommands().front();
  }
  return *chosen;
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? "returnflows" : full_name(*parent) + " " + command.get_name();
}

// "did you mean" for the first argument that no command takes and that is like one that is taken.
std::string suggestion(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* one : command.get_subcommands({})) {
    names.push_back(one->get_name());
  }
  for (const CLI::App* one = &command; one != nullptr; one = one->get_parent()) {
    for (const CLI::Option* option : one->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& argument : app.remaining(true)) {
    const auto nearest = nearest_name(argument, known);
    if (nearest) return "; did you mean '" + names[*nearest] + "'?";
  }
  return {};
}

int report_wrong_use(const CLI::App& app, const CommandLine& line, const CLI::ParseError& error) {
  const CLI::App& command = chosen_command(app);
  const Terminal terminal(line.options.no_color);
  terminal.error(std::string{error.what()} + suggestion(app, command));
  terminal.note("try: " + full_name(command) + " --help");
  return exit_codes::kUsage;
}

int run(int argc, char** argv, const ProgramParts& parts) {
  CommandLine line{.parts = parts};
  CLI::App app("Runs the life of customer returns and tells other systems about it by webhook.",
               "returnflows");
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", std::string{kVersion});
  app.footer(example_footer("returnflows serve --data-dir ./data"));
  add_global_options(app, line.options);
  add_commands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version.
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    return report_wrong_use(app, line, error);
  }
  return line.action(line);
}

}  // namespace

int run_cli(int argc, char** argv, const ProgramParts& parts) {
  try {
    return run(argc, argv, parts);
  } catch (const std::exception& error) {
    Terminal(true).error(std::string{"this is a bug: "} + error.what());
    return exit_codes::kRefused;
  }
}

std::function<int(const CommandLine&)> with_session(std::function<Status(const Session&)> work) {
  return [work = std::move(work)](const CommandLine& line) {
    const Terminal terminal(line.options.no_color);
    const auto session = Session::make(line.options);
    if (!session) {
      terminal.error(session.error().detail);
      return exit_codes::kUsage;
    }
    const Status status = work(*session);
    if (status) return exit_codes::kOk;
    terminal.error(status.error().detail);
    const int code = exit_code_of(status.error());
    if (code == exit_codes::kCannotConnect) {
      terminal.note("is the server running? --url or RETURNFLOWS_URL says where it is");
    }
    return code;
  };
}

void add_paging_options(CLI::App& app, ListPaging& paging) {
  app.add_option("--limit", paging.limit, "Rows to show")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  app.add_flag("--all", paging.all, "Show all rows");
  app.add_option("--cursor", paging.cursor, "Go on where an earlier list ended")
      ->type_name("CURSOR");
  app.add_option("--order", paging.order, "asc or desc")->type_name("ORDER");
}

std::string example_footer(std::string_view example) {
  return "Example:\n  " + std::string{example} +
         "\n\nOptions of every command, such as --url and --output: returnflows --help\n" +
         std::string{kExitCodes};
}

void add_openapi_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand("openapi", "Print the description of the HTTP API");
  command.footer(example_footer("returnflows openapi > openapi.json"));
  command.callback([&line] {
    line.action = [](const CommandLine& now) {
      Terminal(now.options.no_color).print_line(now.parts.openapi());
      return exit_codes::kOk;
    };
  });
}

void add_version_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand("version", "Print the version of this program");
  command.footer(example_footer("returnflows version"));
  command.callback([&line] {
    line.action = [](const CommandLine& now) {
      Terminal(now.options.no_color).print_line(kVersion);
      return exit_codes::kOk;
    };
  });
}

}  // namespace returnflows
