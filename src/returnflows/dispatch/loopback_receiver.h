#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace returnflows {

// For tests of dispatch: one accepted connection, read and written by a script that may block,
// since it has a thread of its own.
class ReceiverPeer {
 public:
  ReceiverPeer() = default;
  ReceiverPeer(const ReceiverPeer&) = delete;
  ReceiverPeer& operator=(const ReceiverPeer&) = delete;
  virtual ~ReceiverPeer() = default;

  struct Request {
    std::string head;  // With its last empty line.
    std::string body;
  };

  // nullopt when the connection has ended.
  std::optional<Request> read_request();
  // False when nobody takes it any more.
  virtual bool write(std::string_view bytes) = 0;
  // Ends the connection so that the other side sees a reset instead of an end.
  virtual void reset() = 0;
  // Blocks until the other side has ended the connection.
  void wait_for_end();

 protected:
  virtual std::size_t read_some(char* into, std::size_t size) = 0;  // 0 at the end.

 private:
  std::string pending_;
};

// A loopback server on a free port whose connections each run `script` on a thread of their own.
class LoopbackReceiver {
 public:
  // `connection_index` counts from 0. The connection closes when the script returns.
  using Script = std::function<void(ReceiverPeer& peer, std::size_t connection_index)>;

  explicit LoopbackReceiver(Script script,
                            std::shared_ptr<boost::asio::ssl::context> tls = nullptr);
  ~LoopbackReceiver();
  LoopbackReceiver(const LoopbackReceiver&) = delete;
  LoopbackReceiver& operator=(const LoopbackReceiver&) = delete;

  std::uint16_t port() const { return port_; }

  std::size_t connection_count() const { return connection_count_; }

  // Of the TLS connections, those that took up an earlier session.
  std::size_t resumed_count() const { return resumed_count_; }

 private:
  void accept_all();
  void serve(boost::asio::ip::tcp::socket socket, std::size_t index);

  Script script_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> connection_count_{0};
  std::atomic<std::size_t> resumed_count_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<int> open_sockets_;  // To be shut down at the end; guarded by mutex_.
  std::vector<std::thread> threads_;
  std::thread acceptor_thread_;
};

// A script that answers every request with `answer`.
LoopbackReceiver::Script always(std::string answer);

inline constexpr std::string_view kOkAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace returnflows
