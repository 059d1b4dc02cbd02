#include "returnflows/base/thread_name.h"

#include <sys/prctl.h>

namespace returnflows {

void name_this_thread(const char* name) {
  ::prctl(PR_SET_NAME, name);
}

}  // namespace returnflows
