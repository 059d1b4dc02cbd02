#include "bench/load_connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "bench/http_scan.h"

namespace returnflows::bench {
namespace {

constexpr std::size_t kReadBytes = 4096;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

LoadConnection::LoadConnection(EpollLoop& loop, TcpSocket socket, LoadTally& tally, Free free)
    : loop_(loop), socket_(std::move(socket)), tally_(tally), free_(std::move(free)) {
  in_.resize(kReadBytes);
  loop_.watch(socket_.fd(), *this);
}

void LoadConnection::send(std::string_view request, Monotonic at) {
  busy_ = true;
  sent_at_ = at;
  const ssize_t sent = ::send(socket_.fd(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent < 0 && !would_block()) {
    finish(0);
    return;
  }
  const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  if (taken == request.size()) return;
  unsent_ = request.substr(taken);
  loop_.watch(socket_.fd(), *this, true);
}

void LoadConnection::write_rest() {
  const ssize_t sent = ::send(socket_.fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (!would_block()) finish(0);
    return;
  }
  unsent_.erase(0, static_cast<std::size_t>(sent));
  if (unsent_.empty()) loop_.watch(socket_.fd(), *this);
}

void LoadConnection::on_ready(std::uint32_t events) {
  if (!unsent_.empty() && (events & EPOLLOUT) != 0) write_rest();
  if (broken_ || (events & ~std::uint32_t{EPOLLOUT}) == 0) return;
  if (in_bytes_ == in_.size()) in_.resize(in_.size() * 2);
  const ssize_t got = ::recv(socket_.fd(), in_.data() + in_bytes_, in_.size() - in_bytes_, 0);
  if (got < 0 && would_block()) return;
  if (got <= 0) {
    finish(0);
    return;
  }
  in_bytes_ += static_cast<std::size_t>(got);
  const auto message = scan_message({in_.data(), in_bytes_});
  if (!message) return;
  in_bytes_ = 0;  // One request at a time: nothing can stand behind its answer.
  finish(status_of(message->first_line));
}

void LoadConnection::finish(int status) {
  if (status == 0) {
    broken_ = true;
    socket_.close();
    if (!std::exchange(busy_, false)) return;
  }
  busy_ = false;
  if (status / 100 == 2) {
    ++tally_.requests_accepted;
    tally_.answer.record(monotonic_now() - sent_at_);
  } else {
    ++tally_.refused[status];
  }
  free_(*this);
}

}  // namespace returnflows::bench
