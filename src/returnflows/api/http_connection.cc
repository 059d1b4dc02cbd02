#include "returnflows/api/http_connection.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "returnflows/api/problem.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

namespace http = boost::beast::http;

std::string_view view_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// The answer to bytes that are not a request that we take; nullopt when the peer has just gone.
std::optional<Response> refusal_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return problem(431,
                   "header_too_large",
                   "the request's header is larger than " +
                       std::to_string(limits::kRequestHeaderBytesMax) + " bytes");
  }
  if (error == http::error::body_limit) {
    return problem(413, "too_large", "the body is larger than this address takes");
  }
  if (error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return problem(400, "invalid_http", "this is not an HTTP/1.1 request: " + error.message());
  }
  return std::nullopt;
}

}  // namespace

HttpConnection::HttpConnection(TcpSocket socket, Shard& shard, HttpApplication& application)
    : socket_(std::move(socket)),
      shard_(shard),
      application_(application),
      buffer_(limits::kRequestHeaderBytesMax + limits::kBatchBytesMax) {
  boost::system::error_code error;
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  const auto peer = socket_.remote_endpoint(error);
  if (!error) remote_ = peer.address().to_string();
}

void HttpConnection::allow(std::chrono::seconds time) {
  deadline_ = monotonic_now() + time;
}

void HttpConnection::finish() {
  finishing_ = true;
  if (!busy_) close();
}

void HttpConnection::close() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

Task<void> HttpConnection::run() {
  for (;;) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits::kRequestHeaderBytesMax));
    if (co_await read_request(&parser) != Read::kComplete) break;
    busy_ = true;
    const bool goes_on = co_await answer(&parser);
    busy_ = false;
    if (!goes_on || finishing_) break;
  }
  close();
}

// The body's limit depends on the route, so the head is read first; with a small request both have
// come with the same packet and the second read costs no system call.
Task<HttpConnection::Read> HttpConnection::read_request(Parser* parser) {
  boost::system::error_code error;
  allow(limits::kIdleTimeout);
  co_await http::async_read_header(
      socket_, buffer_, *parser, asio::redirect_error(use_task, error));
  if (!error) {
    const std::string_view target = view_of(parser->get().target());
    parser->body_limit(application_.body_bytes_max(view_of(parser->get().method_string()),
                                                   target.substr(0, target.find('?'))));
    allow(limits::kRequestBodyTimeout);
    if (!co_await invite_body(parser)) co_return Read::kClosed;
    co_await http::async_read(socket_, buffer_, *parser, asio::redirect_error(use_task, error));
  }
  if (!error) co_return Read::kComplete;
  if (auto response = refusal_of(error)) {
    co_await refuse(std::move(*response));
    co_return Read::kRefused;
  }
  co_return Read::kClosed;
}

Task<bool> HttpConnection::invite_body(const Parser* parser) {
  if (view_of(parser->get()[http::field::expect]) != "100-continue") co_return true;
  const std::string invitation = "HTTP/1.1 100 Continue\r\n\r\n";
  co_return co_await write(&invitation);
}

// Answers, then closes: what follows in the stream cannot be told apart any more.
Task<void> HttpConnection::refuse(Response response) {
  std::string bytes;
  response.headers.emplace_back("connection", "close");
  render_head(bytes, response, {});
  bytes += response.body;
  allow(limits::kRequestBodyTimeout);
  static_cast<void>(co_await write(&bytes));
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  // Take what the peer is still sending, within bounds: closing at once would reset the connection
  // and lose the answer on its way.
  std::array<char, 16'384> discarded{};
  for (std::size_t taken = 0; taken < limits::kBatchBytesMax;) {
    boost::system::error_code error;
    taken += co_await socket_.async_read_some(asio::buffer(discarded),
                                              asio::redirect_error(use_task, error));
    if (error) break;
  }
}

Task<bool> HttpConnection::answer(const Parser* parser) {
  const auto& message = parser->get();
  const std::string_view target = view_of(message.target());
  const std::size_t mark = target.find('?');
  const Request request{
      .method = view_of(message.method_string()),
      .path = target.substr(0, mark),
      .query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1),
      .body = message.body(),
      .remote = remote_,
      .header = [&message](std::string_view name) {
        const auto found = message.find(boost::beast::string_view{name.data(), name.size()});
        return found == message.end() ? std::string_view{} : view_of(found->value());
      }};
  deadline_ = Monotonic::max();  // What handles it has deadlines of its own.
  Response response = co_await application_.handle(&request, &shard_);
  const bool keep = message.keep_alive() && !finishing_;
  response.headers.emplace_back("connection", keep ? "keep-alive" : "close");
  std::string bytes;
  bytes.reserve(response.body.size() + 256);
  if (response.stream) {
    render_head(bytes, response, request.header("x-request-id"));
    co_await stream(&response, std::move(bytes));
    co_return false;
  }
  render_head(bytes, response, request.header("x-request-id"));
  if (request.method != "HEAD" && response.status != 204) bytes += response.body;
  allow(limits::kAnswerTimeout);
  const bool written = co_await write(&bytes);
  co_return written&& keep;
}

void HttpConnection::render_head(std::string& out,
                                 const Response& response,
                                 std::string_view request_id) const {
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += status_reason(response.status);
  out += "\r\n";
  if (response.stream) {
    out += "transfer-encoding: chunked\r\n";
  } else if (response.status != 204) {
    out += "content-length: ";
    out += std::to_string(response.body.size());
    out += "\r\n";
  }
  if (response.status != 204) {
    out += "content-type: ";
    out += response.content_type;
    out += "\r\n";
  }
  for (const auto& [name, value] : response.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (!request_id.empty()) {
    out += "x-request-id: ";
    out += request_id.substr(0, limits::kIdempotencyKeyBytesMax);
    out += "\r\n";
  }
  out += "\r\n";
}

Task<bool> HttpConnection::write(const std::string* bytes) {
  boost::system::error_code error;
  co_await asio::async_write(socket_, asio::buffer(*bytes), asio::redirect_error(use_task, error));
  co_return !error;
}

// Sends the chunks of a stream, each with a deadline of its own.
class HttpConnection::ChunkedWriter final : public StreamWriter {
 public:
  explicit ChunkedWriter(HttpConnection& connection) : connection_(connection) {}

  Task<bool> write(std::string bytes) override {
    if (closed()) co_return false;
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    const std::string chunk = size.data() + std::move(bytes) + "\r\n";
    connection_.allow(limits::kAnswerTimeout);
    broken_ = !co_await connection_.write(&chunk);
    connection_.deadline_ = Monotonic::max();
    co_return !closed();
  }

  bool closed() const override { return broken_ || connection_.finishing_; }

 private:
  HttpConnection& connection_;
  bool broken_ = false;
};

Task<void> HttpConnection::stream(const Response* response, std::string head) {
  allow(limits::kAnswerTimeout);
  if (!co_await write(&head)) co_return;
  deadline_ = Monotonic::max();
  ChunkedWriter writer(*this);
  co_await response->stream(&writer);
  const std::string end = "0\r\n\r\n";
  allow(limits::kAnswerTimeout);
  static_cast<void>(co_await write(&end));
}

}  // namespace returnflows
