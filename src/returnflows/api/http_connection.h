#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "returnflows/api/auth.h"
#include "returnflows/api/request_reader.h"
#include "returnflows/api/router.h"
#include "returnflows/base/clock.h"
#include "returnflows/events/published_event.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task_group.h"

namespace returnflows {

using ApiSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class HttpConnection;

// What all connections of one shard share. Thread: shard-affine, but for the counter.
struct ConnectionHost {
  Shard& shard;
  const Router& router;
  const Authenticator& authenticator;
  Metrics& metrics;
  const Clock& clock;
  std::shared_ptr<std::atomic<std::size_t>> connection_count;  // Of the whole process.

  EventParser parser = {};
  std::unordered_set<HttpConnection*> connections = {};
  std::string date_line = {};  // "date: …\r\n", renewed by the ticker.
  bool draining = false;
  TaskGroup tasks = {};
};

// One client's connection: reads requests, has them answered, writes the answers, in order, until
// either side has enough. Everything happens in one coroutine; deadlines are kept here and looked
// at by the shard's one ticker. Thread: shard-affine.
class HttpConnection {
 public:
  HttpConnection(ConnectionHost& host, ApiSocket socket);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Ends when the connection has been closed.
  Task<void> run();

  // Cancels what has taken longer than it may.
  void check_deadline(Monotonic now);

  // Finishes the request at hand, if there is one, then closes.
  void drain();

  // Closes at once.
  void abort();

 private:
  enum class Outcome : std::uint8_t { kGoOn, kClose };

  std::string_view unread() const { return std::string_view{in_}.substr(begin_, end_ - begin_); }

  Task<bool> fill(std::size_t expected_bytes);
  Task<Outcome> read_head();
  Task<Outcome> read_body(std::size_t bytes_max);
  Task<Outcome> serve_request();
  std::optional<Response> admit(const Request& request, Router::Match& match, Caller& caller);
  Task<Response> call_handler(const Route* route, Request request);
  Task<bool> write_out();
  Task<bool> send(const Request* request, Response response, bool keep_alive);
  Task<bool> send_source(std::unique_ptr<BodySource> source, bool chunked);
  Task<Outcome> refuse(Problem problem);
  Task<Outcome> refuse_unread();
  Task<void> linger();
  void append_head(const Request* request, const Response& response, bool keep_alive);
  void release_request();

  ConnectionHost& host_;
  ApiSocket socket_;
  RequestReader reader_;
  Authenticator::Remembered remembered_;
  std::string in_;  // Bytes [begin_, end_) are read but not consumed.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;
  BodySource* source_ = nullptr;  // While a body is being made.
  Monotonic deadline_ = Monotonic::max();
  bool timed_out_ = false;
  bool idle_ = true;     // Between requests.
  bool closed_ = false;  // By the other side, or broken.
};

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string http_date(Timestamp at);

}  // namespace returnflows
