#pragma once

#include <functional>
#include <string>

#include "returnflows/cli/config.h"

namespace returnflows {

// What the commands need from the rest of the program; given by main(), because the command line
// may not know the server.
struct ProgramParts {
  // Runs the server until it is told to stop; the result is the exit code.
  std::function<int(const ServeConfig&)> serve;
  // Brings the database up to date, or says what would be done.
  std::function<int(const ServeConfig&, bool dry_run)> migrate;
  // The OpenAPI document as JSON.
  std::function<std::string()> openapi;
};

// Exit codes of all commands; documented in docs/operating/cli.md.
namespace exit_codes {

inline constexpr int kOk = 0;
inline constexpr int kRefused = 1;        // The server said no, or a signature does not verify.
inline constexpr int kUsage = 2;          // Wrong arguments, files or configuration.
inline constexpr int kCannotConnect = 3;  // Nothing answers at --url.
inline constexpr int kInterrupted = 130;  // Ctrl-C or SIGTERM before the end; as shells say it.

}  // namespace exit_codes

// Runs the command that the arguments name; the result is the exit code of the process. Does not
// throw.
int run_cli(int argc, char** argv, const ProgramParts& parts);

}  // namespace returnflows
