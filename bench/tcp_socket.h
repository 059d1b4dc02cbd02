#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "returnflows/base/result.h"

namespace returnflows::bench {

// Owns a file descriptor of a socket. Thread: one at a time.
class TcpSocket {
 public:
  TcpSocket() = default;

  explicit TcpSocket(int fd) : fd_(fd) {}

  TcpSocket(TcpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  TcpSocket& operator=(TcpSocket&& other) noexcept;
  TcpSocket(const TcpSocket&) = delete;
  TcpSocket& operator=(const TcpSocket&) = delete;

  ~TcpSocket() { close(); }

  int fd() const { return fd_; }

  void close();

 private:
  int fd_ = -1;
};

// Connects to an IPv4 address, waiting for it; the socket does not block afterwards.
// Errors: kUnavailable.
Result<TcpSocket> connect_to(const std::string& address, std::uint16_t port);

struct Listening {
  TcpSocket socket;
  std::uint16_t port = 0;
};

// Listens on 127.0.0.1; port 0 takes a free one. Errors: kUnavailable.
Result<Listening> listen_on_loopback(std::uint16_t port);

// The next connection that waits, not blocking; nullopt when none does.
std::optional<TcpSocket> accept_from(const TcpSocket& listening);

}  // namespace returnflows::bench
