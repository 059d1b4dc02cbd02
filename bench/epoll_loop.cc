#include "bench/epoll_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include <sys/epoll.h>
#include <unistd.h>

#include "returnflows/base/check.h"

namespace returnflows::bench {
namespace {

constexpr int kEventsMax = 256;

timespec time_left(Monotonic until) {
  const auto left =
      std::max<std::int64_t>(std::chrono::nanoseconds{until - monotonic_now()}.count(), 0);
  return {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
}

}  // namespace

EpollLoop::EpollLoop() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  RF_CHECK(fd_ >= 0);
}

EpollLoop::~EpollLoop() {
  ::close(fd_);
}

void EpollLoop::watch(int fd, ReadyListener& listener, bool writable_too) const {
  epoll_event event{};
  event.events = writable_too ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &listener;
  if (::epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event) == 0) return;
  RF_CHECK(::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0);
}

void EpollLoop::run_once(std::optional<Monotonic> until) const {
  std::array<epoll_event, kEventsMax> events{};
  timespec left{};
  if (until) left = time_left(*until);
  const int count =
      ::epoll_pwait2(fd_, events.data(), kEventsMax, until ? &left : nullptr, nullptr);
  RF_CHECK(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    static_cast<ReadyListener*>(events[static_cast<std::size_t>(i)].data.ptr)
        ->on_ready(events[static_cast<std::size_t>(i)].events);
  }
}

}  // namespace returnflows::bench
