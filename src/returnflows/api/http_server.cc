#include "returnflows/api/http_server.h"

#include <future>
#include <thread>
#include <unordered_set>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>

#include "returnflows/api/http_connection.h"
#include "returnflows/base/limits.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

// How often deadlines are looked at: the coarsest that nobody notices at limits of many seconds.
constexpr std::chrono::milliseconds kSweepInterval{500};
// For what a handler still waits for after its connection was closed: a commit, a read.
constexpr std::chrono::seconds kHandlerPatience{10};

}  // namespace

// The connections of one shard. Touched on its thread only.
struct HttpServer::ShardState {
  explicit ShardState(Shard& owner) : shard(owner) {}

  Shard& shard;
  std::unordered_set<HttpConnection*> connections;
  TaskGroup tasks;
};

HttpServer::HttpServer(ShardSet& shards, HttpApplication& application)
    : shards_(shards), application_(application) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    states_.push_back(std::make_unique<ShardState>(shards_.at(i)));
  }
}

HttpServer::~HttpServer() = default;

Task<void> HttpServer::serve_connection(std::shared_ptr<HttpConnection> connection,
                                        ShardState* state) {
  co_await connection->run();
  state->connections.erase(connection.get());
  if (connection_count_.fetch_sub(1) == 1) {
    const std::scoped_lock lock(mutex_);
    emptied_.notify_all();
  }
}

Status HttpServer::listen(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) {
    return fail(ErrorCode::kInvalidInput,
                "--listen wants an IP address and a port such as 127.0.0.1:8080; '" + host +
                    "' is not an address");
  }
  const asio::ip::tcp::endpoint endpoint(address, port);
  acceptor_ = std::make_unique<TcpAcceptor>(shards_.at(0).executor());
  acceptor_->open(endpoint.protocol(), error);
  if (!error) acceptor_->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_->bind(endpoint, error);
  if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorCode::kConflict,
                "cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message() +
                    "; give another address with --listen");
  }
  port_ = acceptor_->local_endpoint().port();
  listening_ = true;
  for (const auto& state : states_) {
    state->shard.post([this, &state = *state] {
      state.shard.every(kSweepInterval, [this, &state] { sweep(state); });
    });
  }
  shards_.at(0).post(
      [this] { accepting_.spawn(shards_.at(0).executor(), "accept connections", accept_loop()); });
  return {};
}

Task<void> HttpServer::accept_loop() {
  for (std::size_t next = 0; !stopping_; ++next) {
    Shard& shard = shards_.at(next % shards_.size());
    boost::system::error_code error;
    TcpSocket socket(shard.context());
    co_await acceptor_->async_accept(socket, asio::redirect_error(use_task, error));
    if (error == asio::error::operation_aborted || stopping_) break;
    if (error) {
      // Out of file descriptors, mostly: the connections that end will free some.
      log_line(LogLevel::kWarning, "a connection was not accepted", {{"error", error.message()}});
      continue;
    }
    if (connection_count_ >= limits::kConnectionsMax) continue;  // Closed: the peer sees a reset.
    connection_count_.fetch_add(1);
    adopt(socket.release(), shard);
  }
}

void HttpServer::adopt(asio::ip::tcp::socket::native_handle_type handle, Shard& shard) {
  ShardState& state = *states_[shard.index()];
  shard.post([this, handle, &state] {
    TcpSocket socket(state.shard.context());
    boost::system::error_code error;
    socket.assign(asio::ip::tcp::v4(), handle, error);
    auto connection =
        std::make_shared<HttpConnection>(std::move(socket), state.shard, application_);
    state.connections.insert(connection.get());
    HttpConnection& started = *connection;
    state.tasks.spawn(state.shard.executor(),
                      "serve a connection",
                      serve_connection(std::move(connection), &state));
    if (stopping_) started.finish();
  });
}

void HttpServer::sweep(ShardState& state) {
  const Monotonic now = monotonic_now();
  for (HttpConnection* connection : state.connections) {
    if (connection->deadline() < now) connection->close();
  }
}

void HttpServer::begin_stop(ShardState& state) {
  for (HttpConnection* connection : state.connections) {
    connection->finish();
  }
}

bool HttpServer::wait_until_empty(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, grace, [this] { return connection_count_ == 0; });
}

void HttpServer::stop(std::chrono::milliseconds grace) {
  if (!listening_ || stopping_.exchange(true)) return;
  std::promise<void> closed;
  shards_.at(0).post([this, &closed] {
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    accepting_.when_empty([&closed] { closed.set_value(); });
  });
  closed.get_future().wait();
  for (const auto& state : states_) {
    state->shard.post([this, &state = *state] { begin_stop(state); });
  }
  if (wait_until_empty(grace)) return;
  for (const auto& state : states_) {
    state->shard.post([&state = *state] {
      for (HttpConnection* connection : state.connections) {
        connection->close();
      }
    });
  }
  if (!wait_until_empty(kHandlerPatience)) {
    log_line(LogLevel::kError, "requests were still being handled when the server stopped");
  }
}

}  // namespace returnflows
