#include "returnflows/runtime/task_group.h"

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace returnflows {

void TaskGroup::report_and_abort(std::string_view name, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    std::fprintf(stderr,
                 "returnflows: task %.*s ended by an exception: %s\n",
                 static_cast<int>(name.size()),
                 name.data(),
                 exception.what());
  } catch (...) {
    std::fprintf(stderr,
                 "returnflows: task %.*s ended by an unknown exception\n",
                 static_cast<int>(name.size()),
                 name.data());
  }
  std::abort();
}

}  // namespace returnflows
