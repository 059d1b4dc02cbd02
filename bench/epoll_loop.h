#pragma once

#include <cstdint>
#include <optional>

#include "returnflows/base/clock.h"

namespace returnflows::bench {

// What an EpollLoop calls when its socket can be read or written.
class ReadyListener {
 public:
  ReadyListener() = default;
  ReadyListener(const ReadyListener&) = delete;
  ReadyListener& operator=(const ReadyListener&) = delete;
  virtual ~ReadyListener() = default;

  // `events` is epoll's mask. May end the watch of its own socket, not of others.
  virtual void on_ready(std::uint32_t events) = 0;
};

// epoll and nothing else: load generator and sink share the machine with what they measure, so they
// must cost as little as they can. Thread: one.
class EpollLoop {
 public:
  EpollLoop();
  ~EpollLoop();
  EpollLoop(const EpollLoop&) = delete;
  EpollLoop& operator=(const EpollLoop&) = delete;

  // Calls `listener` while `fd` is readable (and writable, when `writable_too`), until `fd` is
  // closed. Calling it again changes the question.
  void watch(int fd, ReadyListener& listener, bool writable_too = false) const;

  // Waits for sockets until `until` at the latest (without end when nullopt), then calls those that
  // are ready. Keeps the time to a few microseconds where the kernel can (epoll_pwait2).
  void run_once(std::optional<Monotonic> until) const;

 private:
  int fd_;
};

}  // namespace returnflows::bench
