#include "returnflows/api/http_server.h"

#include <future>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "returnflows/api/problem.h"
#include "returnflows/base/limits.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

using boost::system::error_code;

// Half a second late is near enough for deadlines of seconds, and costs nothing.
constexpr std::chrono::milliseconds kTick{500};
// When no more files can be opened: connections that end make room.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr int kBacklog = 1024;

Result<asio::ip::address> parse_address(std::string text) {
  if (text == "localhost") text = "127.0.0.1";
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  error_code error;
  const asio::ip::address address = asio::ip::make_address(text, error);
  if (!error) return address;
  return fail(ErrorCode::kInvalidInput,
              "'" + text + "' is not an address to listen on; give one such as 127.0.0.1 or ::");
}

// Says that there is no room, in one write that must not block.
void turn_away(ApiSocket socket) {
  const Response response = problem_response(
      Error{.code = ErrorCode::kUnavailable,
            .detail = "Too many connections are open; close some, or try again in a while."});
  const std::string bytes =
      "HTTP/1.1 503 Service Unavailable\r\ncontent-type: " + std::string{response.content_type} +
      "\r\n" + response.header_lines +
      "connection: close\r\ncontent-length: " + std::to_string(response.body.size()) + "\r\n\r\n" +
      response.body;
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(bytes), ignored);
  socket.shutdown(ApiSocket::shutdown_send, ignored);
}

Task<void> serve(std::shared_ptr<ConnectionHost> host, ApiSocket socket) {
  HttpConnection connection(*host, std::move(socket));
  co_await connection.run();
}

// Runs on the host's shard.
void take_in(const std::shared_ptr<ConnectionHost>& host, ApiSocket socket) {
  if (host->draining) return;
  if (host->connection_count->fetch_add(1) >= limits::kApiConnectionsMax) {
    host->connection_count->fetch_sub(1);
    turn_away(std::move(socket));
    return;
  }
  host->tasks.spawn(host->shard.executor(), "api connection", serve(host, std::move(socket)));
}

void tick(ConnectionHost& host) {
  host.date_line = "date: " + http_date(host.clock.real_now()) + "\r\n";
  const Monotonic now = monotonic_now();
  for (HttpConnection* connection : host.connections) {
    connection->check_deadline(now);
  }
}

}  // namespace

HttpServer::HttpServer(const Parts& parts)
    : parts_(parts),
      connection_count_(std::make_shared<std::atomic<std::size_t>>(0)),
      acceptor_(parts.shards.at(0).executor()) {
  for (std::size_t i = 0; i < parts_.shards.size(); ++i) {
    hosts_.push_back(std::make_shared<ConnectionHost>(parts_.shards.at(i),
                                                      parts_.router,
                                                      parts_.authenticator,
                                                      parts_.metrics,
                                                      parts_.clock,
                                                      connection_count_));
  }
}

HttpServer::~HttpServer() {
  stop(std::chrono::milliseconds{0});
}

Result<void> HttpServer::listen(const std::string& host, std::uint16_t port) {
  RF_TRY(const asio::ip::address address, parse_address(host));
  const asio::ip::tcp::endpoint where{address, port};
  error_code error;
  acceptor_.open(where.protocol(), error);
  if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(where, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (error) {
    error_code ignored;
    acceptor_.close(ignored);
    return fail(ErrorCode::kUnavailable,
                "cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message() +
                    "; choose another port, or 0 for a free one");
  }
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void HttpServer::start_ticker(const std::shared_ptr<ConnectionHost>& host) {
  Shard& shard = host->shard;
  shard.post([&shard, weak = std::weak_ptr<ConnectionHost>{host}] {
    if (const auto alive = weak.lock()) tick(*alive);
    shard.every(kTick, [weak] {
      if (const auto alive = weak.lock()) tick(*alive);
    });
  });
}

void HttpServer::start() {
  if (running_) return;
  running_ = true;
  for (const auto& host : hosts_) {
    start_ticker(host);
  }
  Shard& first = parts_.shards.at(0);
  first.post([this, &first] {
    hosts_.front()->tasks.spawn(first.executor(), "api acceptor", accept_loop());
  });
}

Task<void> HttpServer::accept_loop() {
  SteadyTimer pause(parts_.shards.at(0).executor());
  for (std::size_t next = 0; acceptor_.is_open(); ++next) {
    const std::shared_ptr<ConnectionHost> host = hosts_[next % hosts_.size()];
    error_code error;
    ApiSocket socket = co_await acceptor_.async_accept(host->shard.executor(),
                                                       asio::redirect_error(use_task, error));
    if (!acceptor_.is_open()) co_return;
    if (error) {
      log_line(LogLevel::kWarning,
               "a connection could not be accepted",
               {{.name = "error", .value = error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(use_task, error));
      continue;
    }
    host->shard.post(
        [host, taken = std::move(socket)]() mutable { take_in(host, std::move(taken)); });
  }
}

void HttpServer::stop(std::chrono::milliseconds patience) {
  if (!std::exchange(running_, false)) return;
  parts_.shards.at(0).post([this] {
    error_code ignored;
    acceptor_.close(ignored);
  });
  std::vector<std::future<void>> ends;
  for (const auto& host : hosts_) {
    auto ended = std::make_shared<std::promise<void>>();
    ends.push_back(ended->get_future());
    host->shard.post([host, ended] {
      host->draining = true;
      const auto connections = host->connections;
      for (HttpConnection* connection : connections) {
        connection->drain();
      }
      host->tasks.when_empty([ended] { ended->set_value(); });
    });
  }
  const Monotonic deadline = monotonic_now() + patience;
  for (const auto& end : ends) {
    end.wait_until(deadline);
  }
  for (const auto& host : hosts_) {
    host->shard.post([host] {
      for (HttpConnection* connection : host->connections) {
        connection->abort();
      }
    });
  }
  for (const auto& end : ends) {
    end.wait();
  }
}

}  // namespace returnflows
