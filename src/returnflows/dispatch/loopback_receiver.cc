#include "returnflows/dispatch/loopback_receiver.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

namespace returnflows {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

template <class Stream>
class StreamPeer final : public ReceiverPeer {
 public:
  StreamPeer(Stream& stream, tcp::socket& socket) : stream_(stream), socket_(socket) {}

  bool write(std::string_view bytes) override {
    SystemError error;
    asio::write(stream_, asio::buffer(bytes), error);
    return !error;
  }

  void reset() override {
    SystemError ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 protected:
  std::size_t read_some(char* into, std::size_t size) override {
    SystemError error;
    return stream_.read_some(asio::buffer(into, size), error);
  }

 private:
  Stream& stream_;
  tcp::socket& socket_;
};

std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length: ";
  std::size_t length = 0;
  const std::size_t at = head.find(kName);
  if (at == std::string_view::npos) return 0;
  const std::string_view value = head.substr(at + kName.size());
  std::from_chars(value.data(), value.data() + value.size(), length);
  return length;
}

}  // namespace

std::optional<ReceiverPeer::Request> ReceiverPeer::read_request() {
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::size_t end = pending_.find("\r\n\r\n");
    if (end != std::string::npos) {
      Request request{.head = pending_.substr(0, end + 4), .body = {}};
      const std::size_t whole = end + 4 + content_length(request.head);
      if (pending_.size() >= whole) {
        request.body = pending_.substr(end + 4, whole - end - 4);
        pending_.erase(0, whole);
        return request;
      }
    }
    const std::size_t count = read_some(buffer.data(), buffer.size());
    if (count == 0) return std::nullopt;
    pending_.append(buffer.data(), count);
  }
}

void ReceiverPeer::wait_for_end() {
  std::array<char, 4096> buffer{};
  while (read_some(buffer.data(), buffer.size()) > 0) {
  }
}

LoopbackReceiver::LoopbackReceiver(Script script, std::shared_ptr<asio::ssl::context> tls)
    : script_(std::move(script)),
      tls_(std::move(tls)),
      acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()),
      acceptor_thread_([this] { accept_all(); }) {}

LoopbackReceiver::~LoopbackReceiver() {
  stopping_ = true;
  {
    // A connection of our own ends the accept() that is waiting.
    SystemError ignored;
    tcp::socket last(context_);
    last.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port_), ignored);
  }
  acceptor_thread_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const int socket : open_sockets_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void LoopbackReceiver::accept_all() {
  for (;;) {
    SystemError error;
    tcp::socket socket(context_);
    acceptor_.accept(socket, error);
    if (error || stopping_) return;
    const std::size_t index = connection_count_++;
    {
      const std::scoped_lock lock(mutex_);
      open_sockets_.push_back(socket.native_handle());
    }
    threads_.emplace_back(
        [this, index, socket = std::move(socket)]() mutable { serve(std::move(socket), index); });
  }
}

void LoopbackReceiver::serve(tcp::socket socket, std::size_t index) {
  const int native = socket.native_handle();
  const auto forget = [&] {
    const std::scoped_lock lock(mutex_);
    std::erase(open_sockets_, native);
  };
  if (!tls_) {
    StreamPeer<tcp::socket> peer(socket, socket);
    script_(peer, index);
    forget();
    return;
  }
  asio::ssl::stream<tcp::socket&> stream(socket, *tls_);
  SystemError error;
  stream.handshake(asio::ssl::stream_base::server, error);
  if (!error) {
    if (SSL_session_reused(stream.native_handle()) == 1) ++resumed_count_;
    StreamPeer<asio::ssl::stream<tcp::socket&>> peer(stream, socket);
    script_(peer, index);
  }
  forget();
}

LoopbackReceiver::Script always(std::string answer) {
  return [answer = std::move(answer)](ReceiverPeer& peer, std::size_t) {
    while (peer.read_request()) {
      if (!peer.write(answer)) return;
    }
  };
}

}  // namespace returnflows
