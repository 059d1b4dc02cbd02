#include "returnflows/cli/http_exchange.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/version.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"

namespace returnflows {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

std::unexpected<Error> unreachable(const HttpRequest& request,
                                   std::string_view doing,
                                   const error_code& error) {
  const bool timed_out = error == beast::error::timeout;
  std::string detail{doing};
  detail += " " + request.url.host_header() + " failed: ";
  detail += timed_out ? "no answer in time" : error.message();
  Error failure{.code = timed_out ? ErrorCode::kTimeout : ErrorCode::kUnavailable,
                .detail = std::move(detail),
                .reason = std::string{kCannotConnect}};
  return std::unexpected(std::move(failure));
}

// Runs one asynchronous operation to its end: Beast's streams keep deadlines only for those.
template <class Start>
error_code run(asio::io_context& context, Start start) {
  error_code result;
  start([&result](const error_code& error, auto&&...) { result = error; });
  context.restart();
  context.run();
  return result;
}

http::request<http::string_body> rendered(const HttpRequest& request) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target.empty() ? request.url.target : request.target);
  message.set(http::field::host, request.url.host_header());
  message.set(http::field::user_agent, "Returnflows/" RF_VERSION);
  message.set(http::field::connection, "close");
  for (const HttpHeader& header : request.headers) {
    message.set(header.name, header.value);
  }
  message.body() = request.body;
  if (!request.body.empty() || request.method == "POST") message.prepare_payload();
  return message;
}

template <class Fields>
HttpAnswer head_of(const Fields& message) {
  HttpAnswer answer;
  answer.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    answer.headers.push_back(
        {.name = std::string{field.name_string()}, .value = std::string{field.value()}});
  }
  return answer;
}

// The exchange itself, over a stream that is connected.
template <class Stream>
class Exchange {
 public:
  Exchange(asio::io_context& context, Stream& stream, const HttpRequest& request)
      : context_(context), stream_(stream), request_(request) {
    parser_.body_limit(limits::kClientAnswerBytesMax);
    parser_.header_limit(limits::kAnswerHeaderBytesMax);
    parser_.skip(request.method == "HEAD");
  }

  Result<HttpAnswer> run_all(const StreamHandler* handler) {
    auto message = rendered(request_);
    if (const auto error = run(
            context_, [&](auto done) { http::async_write(stream_, message, std::move(done)); })) {
      return unreachable(request_, "sending to", error);
    }
    if (const auto error = run(context_, [&](auto done) {
          http::async_read_header(stream_, buffer_, parser_, std::move(done));
        })) {
      return failed_reading(error);
    }
    HttpAnswer answer = head_of(parser_.get());
    const bool streaming = handler != nullptr && handler->on_head(answer);
    if (streaming) parser_.body_limit(boost::none);
    while (!parser_.is_done()) {
      if (streaming) beast::get_lowest_layer(stream_).expires_after(request_.timeout);
      RF_TRY(const std::string_view bytes, read_some());
      if (streaming) {
        if (!bytes.empty() && !handler->on_bytes(bytes)) break;
      } else {
        answer.body += bytes;
      }
    }
    return answer;
  }

 private:
  Result<std::string_view> read_some() {
    parser_.get().body().data = chunk_.data();
    parser_.get().body().size = chunk_.size();
    parser_.get().body().more = true;
    auto error = run(context_, [&](auto done) {
      http::async_read_some(stream_, buffer_, parser_, std::move(done));
    });
    if (error == http::error::need_buffer) error = {};
    if (error) return failed_reading(error);
    const std::size_t count = chunk_.size() - parser_.get().body().size;
    return std::string_view{chunk_.data(), count};
  }

  std::unexpected<Error> failed_reading(const error_code& error) const {
    if (error == http::error::body_limit || error == http::error::header_limit) {
      return fail(ErrorCode::kTooLarge,
                  "the answer of " + request_.url.host_header() + " is too large");
    }
    return unreachable(request_, "reading the answer of", error);
  }

  asio::io_context& context_;
  Stream& stream_;
  const HttpRequest& request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
  std::array<char, 16'384> chunk_{};
};

Result<asio::ssl::context> make_tls_context(const HttpRequest& request) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  error_code error;
  context.set_verify_mode(asio::ssl::verify_peer, error);
  context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  context.set_default_verify_paths(error);
  if (!request.ca_file.empty()) {
    context.load_verify_file(request.ca_file, error);
    if (error) {
      return fail(ErrorCode::kInvalidInput,
                  "cannot read certificates from " + request.ca_file + ": " + error.message());
    }
  }
  return context;
}

Result<HttpAnswer> exchange_over_tls(asio::io_context& context,
                                     PlainStream plain,
                                     const HttpRequest& request,
                                     const StreamHandler* handler) {
  RF_TRY(auto tls, make_tls_context(request));
  TlsStream stream(std::move(plain), tls);
  if (::SSL_set_tlsext_host_name(stream.native_handle(), request.url.host.c_str()) != 1) {
    return fail(ErrorCode::kInternal, "cannot name the host for TLS");
  }
  error_code error;
  stream.set_verify_callback(asio::ssl::host_name_verification(request.url.host), error);
  error = run(context, [&](auto done) {
    stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
  });
  if (error) return unreachable(request, "the TLS handshake with", error);
  // On the heap for its buffer's sake. The connection is closed without a TLS goodbye: the length
  // of the answer is known from HTTP.
  return std::make_unique<Exchange<TlsStream>>(context, stream, request)->run_all(handler);
}

Result<HttpAnswer> exchange(const HttpRequest& request, const StreamHandler* handler) {
  asio::io_context context{1};
  error_code error;
  Tcp::resolver resolver(context);
  const auto addresses =
      resolver.resolve(request.url.host, std::to_string(request.url.port), error);
  if (error) return unreachable(request, "looking up", error);
  PlainStream stream(context);
  stream.expires_after(request.timeout);
  error = run(context, [&](auto done) { stream.async_connect(addresses, std::move(done)); });
  if (error) return unreachable(request, "connecting to", error);
  error_code
      ignored;  // Without it small requests may wait for an acknowledgement; nothing is lost.
  stream.socket().set_option(Tcp::no_delay(true), ignored);
  if (request.url.tls) return exchange_over_tls(context, std::move(stream), request, handler);
  return std::make_unique<Exchange<PlainStream>>(context, stream, request)->run_all(handler);
}

// Boost throws where memory or the system fails in ways that have no error code.
Result<HttpAnswer> without_exceptions(const HttpRequest& request, const StreamHandler* handler) {
  try {
    return exchange(request, handler);
  } catch (const boost::system::system_error& error) {
    return unreachable(request, "talking to", error.code());
  }
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const HttpHeader& one : headers) {
    if (same_name(one.name, name)) return one.value;
  }
  return {};
}

Result<HttpAnswer> http_exchange(const HttpRequest& request) {
  return without_exceptions(request, nullptr);
}

Result<HttpAnswer> http_stream(const HttpRequest& request, const StreamHandler& handler) {
  return without_exceptions(request, &handler);
}

}  // namespace returnflows
