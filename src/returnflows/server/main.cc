#include "returnflows/server/serve.h"

int main(int argc, char** argv) {
  return returnflows::run_program(argc, argv, {});
}
