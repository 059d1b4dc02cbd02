#pragma once

namespace returnflows {

// Prints where and what to standard error, then aborts: a broken invariant is a bug, and going on
// could lose what was accepted.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace returnflows

// Always on, in every build type: `assert` would vanish from release builds.
#define RF_CHECK(condition)                                        \
  do {                                                             \
    if (!(condition)) [[unlikely]]                                 \
      ::returnflows::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

// For checks too expensive for release builds.
#ifdef NDEBUG
#define RF_DCHECK(condition) static_cast<void>(0)
#else
#define RF_DCHECK(condition) RF_CHECK(condition)
#endif
