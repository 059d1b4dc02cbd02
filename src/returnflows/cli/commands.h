#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/cli/entry.h"
#include "returnflows/cli/session.h"

namespace CLI {
class App;
}

namespace returnflows {

// What the commands share while the arguments are read. A command puts what is to be done into
// `action`; run_cli() runs it when all arguments are known to be right.
struct CommandLine {
  const ProgramParts& parts;
  GlobalOptions options = {};
  std::function<int(const CommandLine&)> action = {};
};

// Makes the action of a command that talks to the server, or shows something in its output form:
// errors of `work` are printed and become the exit code.
std::function<int(const CommandLine&)> with_session(std::function<Status(const Session&)> work);

// Adds one command each, with its options, its help and an example.
void add_serve_command(CLI::App& app, CommandLine& line);
void add_migrate_command(CLI::App& app, CommandLine& line);
void add_check_config_command(CLI::App& app, CommandLine& line);
void add_keys_command(CLI::App& app, CommandLine& line);
void add_merchants_command(CLI::App& app, CommandLine& line);
void add_endpoints_command(CLI::App& app, CommandLine& line);
void add_events_command(CLI::App& app, CommandLine& line);
void add_deliveries_command(CLI::App& app, CommandLine& line);
void add_export_command(CLI::App& app, CommandLine& line);
void add_trigger_command(CLI::App& app, CommandLine& line);
void add_listen_command(CLI::App& app, CommandLine& line);
void add_sign_command(CLI::App& app, CommandLine& line);
void add_verify_command(CLI::App& app, CommandLine& line);
void add_openapi_command(CLI::App& app, CommandLine& line);
void add_version_command(CLI::App& app, CommandLine& line);

// Adds the options of lists: --limit, --all, --cursor, --order.
void add_paging_options(CLI::App& app, ListPaging& paging);

// The text under the help of a command: how it is used.
std::string example_footer(std::string_view example);

}  // namespace returnflows
