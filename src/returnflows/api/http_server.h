#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "returnflows/api/auth.h"
#include "returnflows/api/http_connection.h"
#include "returnflows/api/router.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/shard.h"

namespace returnflows {

// Accepts connections on one port and deals them out over the shards in turn.
//
// Thread: the owner's, which is none of the shards'. The shards run from before start() until after
// stop().
class HttpServer {
 public:
  struct Parts {
    ShardSet& shards;
    const Router& router;
    const Authenticator& authenticator;
    Metrics& metrics;
    const Clock& clock;
  };

  explicit HttpServer(const Parts& parts);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds; clients that connect from now on wait for start(). `host` is an address, or "localhost".
  // Errors: kInvalidInput for a bad address, kUnavailable when the port is taken, with the fix.
  Result<void> listen(const std::string& host, std::uint16_t port);

  // The port that listen() got; 0 before.
  std::uint16_t port() const { return port_; }

  void start();

  // Stops accepting, closes idle connections, lets requests finish until `patience` is over, closes
  // the others. Returns when no connection is left. Does nothing before start() and the second
  // time.
  void stop(std::chrono::milliseconds patience);

  // How many connections are open; for a gauge.
  std::size_t connections() const { return connection_count_->load(); }

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

  Task<void> accept_loop();
  void start_ticker(const std::shared_ptr<ConnectionHost>& host);

  Parts parts_;
  std::shared_ptr<std::atomic<std::size_t>> connection_count_;
  std::vector<std::shared_ptr<ConnectionHost>> hosts_;  // One per shard.
  Acceptor acceptor_;
  std::uint16_t port_ = 0;
  bool running_ = false;
};

}  // namespace returnflows
