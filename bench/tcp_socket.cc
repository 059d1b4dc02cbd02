#include "bench/tcp_socket.h"

#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace returnflows::bench {
namespace {

// As many as a server opens at once in the largest scenario: none may be refused.
constexpr int kBacklog = 16'384;

std::unexpected<Error> system_failure(const std::string& what) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::generic_category().message(errno));
}

sockaddr_in ipv4(in_addr address, std::uint16_t port) {
  sockaddr_in whole{};
  whole.sin_family = AF_INET;
  whole.sin_addr = address;
  whole.sin_port = htons(port);
  return whole;
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void TcpSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<TcpSocket> connect_to(const std::string& address, std::uint16_t port) {
  in_addr binary{};
  if (::inet_pton(AF_INET, address.c_str(), &binary) != 1) {
    return fail(ErrorCode::kInvalidInput, address + " is not an IPv4 address");
  }
  TcpSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return system_failure("socket");
  const sockaddr_in target = ipv4(binary, port);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
    return system_failure("cannot connect to " + address + ":" + std::to_string(port));
  }
  send_at_once(socket.fd());
  if (::fcntl(socket.fd(), F_SETFL, O_NONBLOCK) != 0) return system_failure("fcntl");
  return socket;
}

Result<Listening> listen_on_loopback(std::uint16_t port) {
  TcpSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return system_failure("socket");
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  in_addr loopback{};
  loopback.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in own = ipv4(loopback, port);
  socklen_t bytes = sizeof own;
  auto* address = reinterpret_cast<sockaddr*>(&own);
  if (::bind(socket.fd(), address, bytes) != 0) return system_failure("bind");
  if (::listen(socket.fd(), kBacklog) != 0) return system_failure("listen");
  if (::getsockname(socket.fd(), address, &bytes) != 0) return system_failure("getsockname");
  return Listening{.socket = std::move(socket), .port = ntohs(own.sin_port)};
}

std::optional<TcpSocket> accept_from(const TcpSocket& listening) {
  TcpSocket socket(::accept4(listening.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.fd() < 0) return std::nullopt;
  send_at_once(socket.fd());
  return socket;
}

}  // namespace returnflows::bench
