#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "returnflows/api/http_server.h"
#include "returnflows/base/clock.h"
#include "returnflows/runtime/shard.h"

namespace returnflows {

using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

// One client's connection: reads requests one after the other and answers each. Its deadline is
// swept by the server, which closes the socket when it has passed: the operation under way ends.
// Thread: shard-affine.
class HttpConnection {
 public:
  HttpConnection(TcpSocket socket, Shard& shard, HttpApplication& application);

  // Serves until the peer closes, an error, a deadline or finish(). Keep the object until it ends.
  Task<void> run();

  // Closes now if no request is being handled, otherwise after its answer. Streams end.
  void finish();

  // Closes at once.
  void close();

  // When what is under way must be over.
  Monotonic deadline() const { return deadline_; }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  class ChunkedWriter;

  // What became of reading one request.
  enum class Read : std::uint8_t { kComplete, kClosed, kRefused };

  Task<Read> read_request(Parser* parser);
  Task<bool> invite_body(const Parser* parser);
  Task<bool> answer(const Parser* parser);
  Task<bool> write(const std::string* bytes);
  Task<void> refuse(Response response);
  Task<void> stream(const Response* response, std::string head);
  void allow(std::chrono::seconds time);
  void render_head(std::string& out, const Response& response, std::string_view request_id) const;

  TcpSocket socket_;
  Shard& shard_;
  HttpApplication& application_;
  std::string remote_;
  boost::beast::flat_buffer buffer_;
  Monotonic deadline_{};
  bool busy_ = false;       // A request is being handled.
  bool finishing_ = false;  // Close after the answer.
};

}  // namespace returnflows
