#include "returnflows/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace returnflows {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "returnflows: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace returnflows
