#pragma once

#include "returnflows/server/server.h"

namespace returnflows {

// The whole program: reads the command line and runs the command; `serve` runs until SIGTERM or
// SIGINT, then stops in order and returns 0. A second signal ends the process at once with 130.
// Returns the exit code: see docs/operating/cli.md.
int run_program(int argc, char** argv, ServerOptions options);

}  // namespace returnflows
