#include "bench/sink_connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace returnflows::bench {
namespace {

constexpr std::size_t kReadBytes = 4096;
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
constexpr std::string_view kFailed =
    "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 6\r\n\r\nfailed";
constexpr std::string_view kUnknown = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// What a TLS call that did nothing means, in the words of read_some() and write_some().
long tls_outcome(SSL* tls, int result) {
  const int error = SSL_get_error(tls, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

}  // namespace

SinkConnection::SinkConnection(SinkParts& parts, TcpSocket socket)
    : parts_(parts), socket_(std::move(socket)) {
  in_.resize(kReadBytes);
  if (parts_.tls == nullptr) return;
  tls_.reset(SSL_new(parts_.tls));
  SSL_set_fd(tls_.get(), socket_.fd());
  SSL_set_accept_state(tls_.get());
}

SinkConnection::~SinkConnection() = default;

void SinkConnection::start() {
  self_ = shared_from_this();
  parts_.loop.watch(socket_.fd(), *this);
}

void SinkConnection::end() {
  tls_.reset();
  socket_.close();
  self_.reset();
}

long SinkConnection::read_some() {
  char* to = in_.data() + in_bytes_;
  const std::size_t room = in_.size() - in_bytes_;
  if (tls_) {
    const int got = SSL_read(tls_.get(), to, static_cast<int>(room));
    return got > 0 ? got : tls_outcome(tls_.get(), got);
  }
  const ssize_t got = ::recv(socket_.fd(), to, room, 0);
  if (got > 0) return got;
  return got < 0 && would_block() ? 0 : -1;
}

void SinkConnection::on_ready(std::uint32_t events) {
  const auto alive = shared_from_this();
  if ((events & EPOLLOUT) != 0) write_rest();
  for (;;) {
    if (socket_.fd() < 0) return;
    if (in_bytes_ == in_.size()) in_.resize(in_.size() * 2);
    const long got = read_some();
    if (got < 0) return end();
    if (got == 0) return;
    in_bytes_ += static_cast<std::size_t>(got);
    std::size_t used = 0;
    while (const auto message = scan_message({in_.data() + used, in_bytes_ - used})) {
      used += message->bytes;
      take(*message);
    }
    in_bytes_ -= used;
    if (in_bytes_ > 0) std::copy_n(in_.data() + used, in_bytes_, in_.data());
    // A plain socket that gave less than there was room for is empty; the loop tells of more.
    if (!tls_) return;
  }
}

void SinkConnection::take(const HttpMessage& message) {
  const auto place = parse_place(target_of(message.first_line));
  if (!place) return control(message.first_line);
  const Monotonic now = monotonic_now();
  const int status = parts_.ledger.arrived(*place, find_mark(message.body), now);
  if (place->manner == SinkManner::kHole) return;
  if (place->manner == SinkManner::kSlow) {
    parts_.slow_answers.push_back(
        {.due = now + parts_.slow_for, .connection = weak_from_this(), .place = *place});
    return;
  }
  parts_.ledger.answered(*place);
  write(status == 200 ? kOk : kFailed);
}

void SinkConnection::answer_late(const SinkPlace& place) {
  parts_.ledger.answered(place);
  if (socket_.fd() >= 0) write(kOk);
}

void SinkConnection::control(std::string_view first_line) {
  if (first_line.starts_with("POST /clear ")) {
    parts_.ledger.clear();
    return write(kOk);
  }
  if (!first_line.starts_with("GET /report ")) return write(kUnknown);
  const std::string report = parts_.ledger.json();
  write("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(report.size()) + "\r\n\r\n" +
        report);
}

long SinkConnection::write_some(std::string_view bytes) {
  if (tls_) {
    const int sent = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return sent > 0 ? sent : tls_outcome(tls_.get(), sent);
  }
  const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return sent;
  return would_block() ? 0 : -1;
}

void SinkConnection::write(std::string_view bytes) {
  const long sent = unsent_.empty() ? write_some(bytes) : 0;
  if (sent < 0) return end();
  if (static_cast<std::size_t>(sent) == bytes.size()) return;
  if (unsent_.empty()) parts_.loop.watch(socket_.fd(), *this, true);
  unsent_ += bytes.substr(static_cast<std::size_t>(sent));
}

void SinkConnection::write_rest() {
  if (unsent_.empty()) return;
  const long sent = write_some(unsent_);
  if (sent < 0) return end();
  unsent_.erase(0, static_cast<std::size_t>(sent));
  if (unsent_.empty()) parts_.loop.watch(socket_.fd(), *this);
}

}  // namespace returnflows::bench
