#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "returnflows/api/http_message.h"
#include "returnflows/base/result.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task_group.h"

namespace returnflows {

using TcpAcceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

class HttpConnection;

// What an HTTP server serves. Called on the connection's shard.
class HttpApplication {
 public:
  HttpApplication() = default;
  HttpApplication(const HttpApplication&) = delete;
  HttpApplication& operator=(const HttpApplication&) = delete;
  virtual ~HttpApplication() = default;

  // How large a body this request may have; asked when its head is there.
  virtual std::size_t body_bytes_max(std::string_view method, std::string_view path) const = 0;

  // `request` lives until the answer has been returned.
  virtual Task<Response> handle(const Request* request, Shard* shard) = 0;
};

// Serves HTTP/1.1 on one address, its connections dealt out over the shards. Keep-alive,
// pipelining, Expect: 100-continue, HEAD; limits on head, body, time and number of connections,
// each with a problem document.
//
// Thread: one for listen() and stop(); connections live on their shards.
class HttpServer {
 public:
  HttpServer(ShardSet& shards, HttpApplication& application);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds and begins to accept. The shards must be running.
  // Errors: kInvalidInput (no such address), kConflict (taken by another program).
  Status listen(const std::string& host, std::uint16_t port);

  std::uint16_t port() const { return port_; }

  // Accepts nothing more, lets requests under way be answered for at most `grace`, then closes.
  // Streams end at once. Blocks; no connection is left when it returns.
  void stop(std::chrono::milliseconds grace);

  std::size_t connection_count() const { return connection_count_; }

 private:
  friend class HttpConnection;
  struct ShardState;

  Task<void> accept_loop();
  Task<void> serve_connection(std::shared_ptr<HttpConnection> connection, ShardState* state);
  void adopt(asio::ip::tcp::socket::native_handle_type handle, Shard& shard);
  void sweep(ShardState& state);
  void begin_stop(ShardState& state);
  bool wait_until_empty(std::chrono::milliseconds grace);

  ShardSet& shards_;
  HttpApplication& application_;
  std::vector<std::unique_ptr<ShardState>> states_;
  std::unique_ptr<TcpAcceptor> acceptor_;
  std::atomic<std::size_t> connection_count_{0};
  std::mutex mutex_;
  std::condition_variable emptied_;  // When connection_count_ becomes 0.
  std::atomic<bool> stopping_{false};
  bool listening_ = false;
  std::uint16_t port_ = 0;
  TaskGroup accepting_;
};

}  // namespace returnflows
