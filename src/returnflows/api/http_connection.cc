#include "returnflows/api/http_connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

using boost::system::error_code;

// Most requests and their headers fit; what is larger grows it.
constexpr std::size_t kBufferBytesMin = 8UL * 1024;

void append_number(std::string& out, std::size_t value, int base = 10) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
  out.append(digits.data(), end.ptr);
}

// Text that may be sent back in a header line: what trace and request ids are made of.
bool is_request_id(std::string_view text) {
  static constexpr std::string_view kMarks = "-._~:/+=@";
  return !text.empty() && text.size() <= limits::kRequestIdBytesMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  kMarks.contains(c);
         });
}

std::string_view media_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) {
    type.remove_suffix(1);
  }
  return type;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lower(x) == lower(y);
  });
}

bool takes_media_type(BodyKind kind, std::string_view content_type) {
  if (kind == BodyKind::kNone || kind == BodyKind::kCarrier || content_type.empty()) return true;
  const std::string_view type = media_type(content_type);
  if (equals_ignoring_case(type, "application/json")) return true;
  if (kind == BodyKind::kPatch) return equals_ignoring_case(type, "application/merge-patch+json");
  if (kind == BodyKind::kBatch) {
    return equals_ignoring_case(type, "application/x-ndjson") ||
           equals_ignoring_case(type, "application/ndjson");
  }
  return false;
}

Error wrong_media_type(BodyKind kind) {
  std::string detail = "Send the body as 'Content-Type: application/json'";
  if (kind == BodyKind::kBatch) detail += " or, one event a line, 'application/x-ndjson'";
  detail += '.';
  return {.code = ErrorCode::kInvalidInput,
          .detail = std::move(detail),
          .reason = std::string{reason::kUnsupportedMediaType}};
}

Problem unknown_route(const Router::Match& match, const Request& request) {
  if (match.allowed.empty()) {
    return {.status = 404,
            .code = "not_found",
            .detail = "There is nothing at this path; /openapi.json lists what there is."};
  }
  return {.status = 405,
          .code = "method_not_allowed",
          .detail = "This path does not take " + std::string{method_name(request.method)} +
                    "; it takes " + match.allowed + ".",
          .header_lines = "allow: " + match.allowed + "\r\n"};
}

}  // namespace

std::string http_date(Timestamp at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{seconds - day};
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto two_digits = [](auto value) {
    const std::string digits = std::to_string(value);
    return digits.size() < 2 ? "0" + digits : digits;
  };
  std::string text{kDays[std::chrono::weekday{day}.c_encoding()]};
  text += ", " + two_digits(static_cast<unsigned>(date.day())) + " ";
  text += kMonths[static_cast<unsigned>(date.month()) - 1];
  text += " " + std::to_string(static_cast<int>(date.year())) + " ";
  text += two_digits(time.hours().count()) + ":" + two_digits(time.minutes().count()) + ":" +
          two_digits(time.seconds().count()) + " GMT";
  return text;
}

HttpConnection::HttpConnection(ConnectionHost& host, ApiSocket socket)
    : host_(host), socket_(std::move(socket)) {
  host_.connections.insert(this);
}

HttpConnection::~HttpConnection() {
  host_.connections.erase(this);
  host_.connection_count->fetch_sub(1);
}

void HttpConnection::check_deadline(Monotonic now) {
  if (now < deadline_) return;
  deadline_ = Monotonic::max();
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void HttpConnection::drain() {
  if (source_ != nullptr) source_->stop();
  if (!idle_) return;
  closed_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void HttpConnection::abort() {
  closed_ = true;
  if (source_ != nullptr) source_->stop();
  error_code ignored;
  socket_.close(ignored);
}

Task<void> HttpConnection::run() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.non_blocking(true, ignored);
  while (!closed_ && co_await serve_request() == Outcome::kGoOn) {
  }
  if (!closed_) co_await linger();
  socket_.close(ignored);
}

// Reads what has come, waiting for it. False when nothing more will come, or not in time.
Task<bool> HttpConnection::fill(std::size_t expected_bytes) {
  if (begin_ != 0 && in_.size() - end_ < kBufferBytesMin / 2) {
    in_.erase(0, begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (in_.size() - end_ < kBufferBytesMin / 2) {
    // Doubling, but no further than what has been announced.
    const std::size_t wanted = std::max(expected_bytes, end_ + kBufferBytesMin);
    in_.resize(std::min(std::max(2 * in_.size(), kBufferBytesMin), wanted));
  }
  error_code error;
  const auto room = asio::buffer(in_.data() + end_, in_.size() - end_);
  const std::size_t bytes =
      co_await socket_.async_read_some(room, asio::redirect_error(use_task, error));
  end_ += bytes;
  if (error && !timed_out_) closed_ = true;
  co_return !error && !closed_;
}

Task<HttpConnection::Outcome> HttpConnection::read_head() {
  reader_.start();
  idle_ = unread().empty();
  if (idle_ && host_.draining) {
    closed_ = true;
    co_return Outcome::kClose;
  }
  deadline_ = monotonic_now() + (idle_ ? limits::kApiIdleTimeout : limits::kApiHeaderTimeout);
  for (;;) {
    const RequestReader::State state = reader_.head(unread());
    if (state == RequestReader::State::kDone) co_return Outcome::kGoOn;
    if (state == RequestReader::State::kProblem) co_return co_await refuse(reader_.problem());
    const bool filled = co_await fill(0);
    if (!filled && (closed_ || idle_)) {
      closed_ = true;  // Nothing was asked, so nothing is answered.
      co_return Outcome::kClose;
    }
    if (!filled) co_return co_await refuse_unread();
    if (idle_) {
      idle_ = false;
      deadline_ = monotonic_now() + limits::kApiHeaderTimeout;
    }
  }
}

Task<HttpConnection::Outcome> HttpConnection::read_body(std::size_t bytes_max) {
  RequestReader::State state = reader_.body(unread(), bytes_max);
  if (state == RequestReader::State::kNeedMore && reader_.wants_continue()) {
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await write_out()) co_return Outcome::kClose;
  }
  if (state == RequestReader::State::kNeedMore) {
    deadline_ = monotonic_now() + limits::kApiBodyTimeout;
  }
  while (state == RequestReader::State::kNeedMore) {
    const bool filled = co_await fill(reader_.expected_bytes());
    if (!filled && closed_) co_return Outcome::kClose;
    if (!filled) co_return co_await refuse_unread();
    state = reader_.body(unread(), bytes_max);
  }
  if (state == RequestReader::State::kProblem) co_return co_await refuse(reader_.problem());
  co_return Outcome::kGoOn;
}

// Everything that can be said about a request before its body has been read. nullopt: go on.
std::optional<Response> HttpConnection::admit(const Request& request,
                                              Router::Match& match,
                                              Caller& caller) {
  match = host_.router.find(request.method, request.path);
  if (match.route == nullptr) return problem_response(unknown_route(match, request));
  auto authenticated = host_.authenticator.authenticate(request, match.route->access, remembered_);
  if (!authenticated) return problem_response(authenticated.error());
  caller = std::move(*authenticated);
  const BodyKind kind = match.route->body;
  if (!takes_media_type(kind, request.header(RequestHeader::kContentType))) {
    return problem_response(wrong_media_type(kind));
  }
  return std::nullopt;
}

Task<Response> HttpConnection::call_handler(const Route* route, Request request) {
  std::string failure;
  try {
    co_return co_await route->handler(std::move(request));
  } catch (const std::exception& exception) {
    failure = exception.what();
  }
  log_line(LogLevel::kError,
           "a request failed by an exception",
           {{.name = "route", .value = route->pattern}, {.name = "what", .value = failure}});
  co_return problem_response(Error{.code = ErrorCode::kInternal, .detail = failure});
}

Task<HttpConnection::Outcome> HttpConnection::serve_request() {
  if (co_await read_head() == Outcome::kClose) co_return Outcome::kClose;
  const Monotonic started_at = monotonic_now();
  Router::Match match;
  Caller caller;
  std::optional<Response> response = admit(reader_.request(unread()), match, caller);
  if (response) {
    // A small body is read all the same, so that the connection can go on.
    const bool is_small =
        reader_.body_bytes().value_or(limits::kBatchBytesMax) <= limits::kRequestBytesMax;
    if (is_small && !reader_.wants_continue()) {
      if (co_await read_body(limits::kRequestBytesMax) == Outcome::kClose) {
        co_return Outcome::kClose;
      }
    }
  } else if (co_await read_body(body_bytes_max(match.route->body)) == Outcome::kClose) {
    co_return Outcome::kClose;
  }
  const bool is_whole = reader_.consumed() != 0;
  deadline_ = Monotonic::max();  // The handler has limits of its own.
  Request request = reader_.request(unread());
  const Method method = request.method;
  if (!response) {
    request.parameter = std::move(match.parameter);
    request.caller = std::move(caller);
    request.shard = &host_.shard;
    request.parser = &host_.parser;
    response.emplace(co_await call_handler(match.route, request));
  }
  const int status = response->status;
  const bool keep_alive = is_whole && reader_.keep_alive() && !host_.draining;
  const bool sent = co_await send(&request, std::move(*response), keep_alive);
  host_.metrics.request_finished(
      match.route == nullptr ? "unmatched" : match.route->pattern,
      method_name(method),
      status,
      std::chrono::duration_cast<std::chrono::microseconds>(monotonic_now() - started_at));
  release_request();
  co_return sent&& keep_alive ? Outcome::kGoOn : Outcome::kClose;
}

// Answers a request that cannot be read any further.
Task<HttpConnection::Outcome> HttpConnection::refuse(Problem problem) {
  const int status = problem.status;
  timed_out_ = false;
  co_await send(nullptr, problem_response(problem), false);
  host_.metrics.request_finished("unmatched", "OTHER", status, std::chrono::microseconds{0});
  co_return Outcome::kClose;
}

Task<HttpConnection::Outcome> HttpConnection::refuse_unread() {
  Problem problem{.status = 408,
                  .code = "timeout",
                  .detail = "The request did not arrive in time; send it again."};
  return refuse(std::move(problem));
}

void HttpConnection::append_head(const Request* request,
                                 const Response& response,
                                 bool keep_alive) {
  out_ += "HTTP/1.1 ";
  append_number(out_, static_cast<std::size_t>(response.status));
  out_ += ' ';
  out_ += status_phrase(response.status);
  out_ += "\r\n";
  out_ += host_.date_line;
  if (!response.body.empty() || response.source != nullptr) {
    out_ += "content-type: ";
    out_ += response.content_type;
    out_ += "\r\n";
  }
  out_ += response.header_lines;
  if (request != nullptr) {
    const std::string_view id = request->header(RequestHeader::kRequestId);
    if (is_request_id(id)) {
      out_ += "x-request-id: ";
      out_ += id;
      out_ += "\r\n";
    }
  }
  const bool http_1_1 = request == nullptr || reader_.is_http_1_1();
  if (response.source != nullptr && http_1_1) {
    out_ += "transfer-encoding: chunked\r\n";
  } else if (response.source == nullptr && response.status != 204) {
    out_ += "content-length: ";
    append_number(out_, response.body.size());
    out_ += "\r\n";
  }
  if (!keep_alive) {
    out_ += "connection: close\r\n";
  } else if (!http_1_1) {
    out_ += "connection: keep-alive\r\n";
  }
  out_ += "\r\n";
}

Task<bool> HttpConnection::send(const Request* request, Response response, bool keep_alive) {
  append_head(request, response, keep_alive);
  const bool head_only = request != nullptr && request->method == Method::kHead;
  if (head_only) response.source.reset();
  if (!head_only && response.source == nullptr) out_ += response.body;
  if (!co_await write_out()) co_return false;
  if (response.source == nullptr) co_return true;
  const bool chunked = reader_.is_http_1_1();
  co_return co_await send_source(std::move(response.source), chunked) && chunked;
}

Task<bool> HttpConnection::send_source(std::unique_ptr<BodySource> source, bool chunked) {
  source_ = source.get();
  if (host_.draining) source_->stop();
  bool good = true;
  while (good && !closed_) {
    const std::optional<std::string> piece = co_await source->next();
    if (!piece) break;
    if (chunked) {
      append_number(out_, piece->size(), 16);
      out_ += "\r\n";
    }
    out_ += *piece;
    if (chunked) out_ += "\r\n";
    good = co_await write_out();
  }
  source_ = nullptr;
  if (!good || closed_) co_return false;
  if (chunked) out_ += "0\r\n\r\n";
  co_return co_await write_out();
}

// Writes all of `out_`. Mostly the socket's buffer takes it at once.
Task<bool> HttpConnection::write_out() {
  error_code error;
  std::size_t written = socket_.write_some(asio::buffer(out_), error);
  if (error == asio::error::would_block) error.clear();
  if (!error && written < out_.size()) {
    deadline_ = monotonic_now() + limits::kApiWriteTimeout;
    const auto rest = asio::buffer(out_.data() + written, out_.size() - written);
    written = co_await asio::async_write(socket_, rest, asio::redirect_error(use_task, error));
    deadline_ = Monotonic::max();
  }
  out_.clear();
  if (out_.capacity() > limits::kApiBufferBytesKept) out_.shrink_to_fit();
  if (error) closed_ = true;
  co_return !error;
}

// Lets go of the bytes of the request that has been answered.
void HttpConnection::release_request() {
  begin_ = std::min(end_, begin_ + reader_.consumed());
  if (begin_ == end_) begin_ = end_ = 0;
  if (in_.size() <= limits::kApiBufferBytesKept || end_ - begin_ > kBufferBytesMin) return;
  std::string smaller{unread()};
  end_ -= begin_;
  begin_ = 0;
  in_ = std::move(smaller);
  in_.resize(kBufferBytesMin);
}

// Reads and forgets what is still on its way: closing earlier would reset the connection, and the
// reset could overtake the answer.
Task<void> HttpConnection::linger() {
  error_code error;
  socket_.shutdown(ApiSocket::shutdown_send, error);
  timed_out_ = false;
  deadline_ = monotonic_now() + limits::kApiLingerTimeout;
  in_.resize(std::max(in_.size(), kBufferBytesMin));
  std::size_t forgotten = 0;
  while (!error && !timed_out_ && forgotten < limits::kBatchBytesMax) {
    forgotten +=
        co_await socket_.async_read_some(asio::buffer(in_), asio::redirect_error(use_task, error));
  }
}

}  // namespace returnflows
