#include "returnflows/api/request_reader.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "returnflows/base/http_head.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

// A piece of the buffer that survives the buffer's moving.
struct Span {
  std::size_t offset = 0;
  std::size_t size = 0;

  std::string_view in(std::string_view bytes) const { return bytes.substr(offset, size); }
};

// What the framing of a chunked body may add to as many bytes again as the body has: tiny chunks
// would otherwise fill the memory.
constexpr std::size_t kFramingBytesMax = 64UL * 1024;

Method method_of(http::verb verb) {
  // Beast knows some thirty verbs; the API answers these.
  if (verb == http::verb::get) return Method::kGet;
  if (verb == http::verb::post) return Method::kPost;
  if (verb == http::verb::head) return Method::kHead;
  if (verb == http::verb::patch) return Method::kPatch;
  if (verb == http::verb::delete_) return Method::kDelete;
  if (verb == http::verb::put) return Method::kPut;
  return Method::kOther;
}

std::optional<RequestHeader> known_header(http::field field, BeastText name) {
  if (field == http::field::authorization) return RequestHeader::kAuthorization;
  if (field == http::field::content_type) return RequestHeader::kContentType;
  if (field == http::field::expect) return RequestHeader::kExpect;
  if (field == http::field::host) return RequestHeader::kHost;
  if (field == http::field::if_match) return RequestHeader::kIfMatch;
  if (field == http::field::transfer_encoding) return RequestHeader::kTransferEncoding;
  if (field != http::field::unknown) return std::nullopt;
  using boost::beast::iequals;
  if (iequals(name, "idempotency-key")) return RequestHeader::kIdempotencyKey;
  if (iequals(name, "returnflows-merchant")) return RequestHeader::kMerchant;
  if (iequals(name, "last-event-id")) return RequestHeader::kLastEventId;
  if (iequals(name, "x-request-id")) return RequestHeader::kRequestId;
  if (iequals(name, "x-hmac-signature")) return RequestHeader::kEasyPostSignature;
  if (iequals(name, "shippo-auth-signature")) return RequestHeader::kShippoSignature;
  if (iequals(name, "aftership-hmac-sha256")) return RequestHeader::kAfterShipSignature;
  if (iequals(name, "sign")) return RequestHeader::kSeventeenTrackSignature;
  if (iequals(name, "x-returnflows-signature")) return RequestHeader::kGenericSignature;
  return std::nullopt;
}

std::string_view sentence_of(const error_code& error) {
  if (error == http::error::bad_version) return "Only HTTP/1.0 and HTTP/1.1 are spoken here.";
  if (error == http::error::bad_method) return "The request line has no valid method.";
  if (error == http::error::bad_target) return "The request line has no valid target.";
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length) {
    return "The Content-Length header is not one number.";
  }
  if (error == http::error::bad_transfer_encoding) {
    return "A request has either a Content-Length or a Transfer-Encoding.";
  }
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
    return "The chunks of the body are malformed.";
  }
  return "The request is not valid HTTP/1.1.";
}

}  // namespace

// Beast's grammar, keeping places in the buffer and no copies.
class RequestReader::Grammar final : public http::basic_parser<true> {
 public:
  explicit Grammar(std::string& chunked_body) : chunked_body_(chunked_body) {
    // The limits are checked by the reader, over all calls of one request.
    header_limit(static_cast<std::uint32_t>(4 * limits::kRequestHeaderBytesMax));
    body_limit(boost::none);
  }

  // Parses `unread` from where the last call ended.
  error_code advance(std::string_view unread) {
    bytes_ = unread;
    error_code error;
    const std::string_view rest = unread.substr(parsed_);
    if (head_done && chunked() && rest.size() < kLastChunkBytesMin) return http::error::need_more;
    parsed_ += put(boost::asio::const_buffer{rest.data(), rest.size()}, error);
    return error;
  }

  std::size_t parsed() const { return parsed_; }

  void limit_body(std::size_t bytes_max) { chunked_bytes_max_ = bytes_max; }

  Method method = Method::kOther;
  Span target;
  std::array<Span, kRequestHeaderCount> headers{};
  int version = 11;
  bool head_done = false;
  bool has_duplicate = false;
  bool has_folded_line = false;
  bool body_too_large = false;

 private:
  Span span_of(BeastText text) {
    const std::less<const char*> before;
    const char* const end = bytes_.data() + bytes_.size();
    // Beast unfolds header lines into a buffer of its own.
    if (before(text.data(), bytes_.data()) || before(end, text.data())) {
      has_folded_line = true;
      return {};
    }
    return {.offset = static_cast<std::size_t>(text.data() - bytes_.data()), .size = text.size()};
  }

  void on_request_impl(
      http::verb verb, BeastText, BeastText target_text, int http_version, error_code&) override {
    method = method_of(verb);
    target = span_of(target_text);
    version = http_version;
  }

  void on_response_impl(int, BeastText, int, error_code&) override {}

  void on_field_impl(http::field field,
                     BeastText name,
                     BeastText value,
                     error_code& error) override {
    if (head_done) return;  // A trailer.
    if (++header_count_ > limits::kRequestHeadersMax) {
      error = http::error::header_limit;
      return;
    }
    const Span span = value.empty() ? Span{} : span_of(value);
    const auto known = known_header(field, name);
    if (!known) return;
    const auto bit = 1U << static_cast<unsigned>(*known);
    if ((seen_ & bit) != 0) has_duplicate = true;
    seen_ |= bit;
    headers[static_cast<std::size_t>(*known)] = span;
  }

  void on_header_impl(error_code&) override { head_done = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(BeastText bytes, error_code&) override { return bytes.size(); }

  void on_chunk_header_impl(std::uint64_t size, BeastText, error_code& error) override {
    check_room(size, error);
  }

  std::size_t on_chunk_body_impl(std::uint64_t, BeastText bytes, error_code& error) override {
    check_room(bytes.size(), error);
    if (!error) chunked_body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_finish_impl(error_code&) override {}

  void check_room(std::uint64_t more, error_code& error) {
    if (more <= chunked_bytes_max_ && chunked_body_.size() + more <= chunked_bytes_max_) return;
    body_too_large = true;
    error = http::error::body_limit;
  }

  std::string& chunked_body_;
  std::string_view bytes_;
  std::size_t parsed_ = 0;
  std::size_t header_count_ = 0;
  unsigned seen_ = 0;
  std::size_t chunked_bytes_max_ = 0;
};

RequestReader::RequestReader() : grammar_(std::make_unique<std::optional<Grammar>>()) {
  start();
}

RequestReader::~RequestReader() = default;

void RequestReader::start() {
  chunked_body_.clear();
  grammar_->emplace(chunked_body_);
  head_bytes_ = 0;
  consumed_ = 0;
  body_done_ = false;
  wants_continue_ = false;
}

RequestReader::State RequestReader::refuse(int status,
                                           std::string_view code,
                                           std::string_view detail) {
  problem_ = {.status = status, .code = std::string{code}, .detail = std::string{detail}};
  return State::kProblem;
}

RequestReader::State RequestReader::head(std::string_view unread) {
  static constexpr std::string_view kTooLarge =
      "The request's header has more than 16 KiB or 64 lines.";
  // The grammar sees whole heads only: with less it sometimes refuses at once and sometimes waits.
  const HttpHead found = find_http_head(unread.substr(0, limits::kRequestHeaderBytesMax));
  if (found.state == HttpHead::State::kBroken) {
    return refuse(400, "malformed_request", "A header line does not end with CR LF.");
  }
  if (found.state == HttpHead::State::kNeedMore) {
    if (unread.size() <= limits::kRequestHeaderBytesMax) return State::kNeedMore;
    return refuse(431, "header_too_large", kTooLarge);
  }
  Grammar& grammar = **grammar_;
  const error_code error = grammar.advance(unread.substr(0, found.bytes));
  if (error == http::error::header_limit) return refuse(431, "header_too_large", kTooLarge);
  if (error) return refuse(400, "malformed_request", sentence_of(error));
  head_bytes_ = grammar.parsed();
  return check_head(unread);
}

RequestReader::State RequestReader::check_head(std::string_view unread) {
  const Grammar& grammar = **grammar_;
  if (grammar.has_folded_line) {
    return refuse(400, "malformed_request", "A header line is folded; send it in one line.");
  }
  if (grammar.has_duplicate) {
    return refuse(400, "malformed_request", "A header that may stand once stands twice.");
  }
  const Request request = this->request(unread);
  if (grammar.version >= 11 && request.header(RequestHeader::kHost).empty()) {
    return refuse(400, "malformed_request", "An HTTP/1.1 request needs a Host header.");
  }
  if (!request.header(RequestHeader::kTransferEncoding).empty() && !grammar.chunked()) {
    return refuse(400, "malformed_request", "The only Transfer-Encoding that is read is chunked.");
  }
  const std::string_view expect = request.header(RequestHeader::kExpect);
  // HTTP/1.0 has no expectations; RFC 9110 §10.1.1 says to ignore them there.
  wants_continue_ = !expect.empty() && is_http_1_1();
  if (wants_continue_ && !boost::beast::iequals({expect.data(), expect.size()}, "100-continue")) {
    return refuse(417, "expectation_failed", "The only expectation that is met is 100-continue.");
  }
  return State::kDone;
}

RequestReader::State RequestReader::body(std::string_view unread, std::size_t bytes_max) {
  Grammar& grammar = **grammar_;
  if (!grammar.chunked()) {
    const std::size_t size = body_bytes().value_or(0);
    if (size > bytes_max) {
      return refuse(413,
                    "too_large",
                    "The body has " + std::to_string(size) + " bytes; at most " +
                        std::to_string(bytes_max) + " are accepted here.");
    }
    consumed_ = head_bytes_ + size;
    body_done_ = unread.size() >= consumed_;
    return body_done_ ? State::kDone : State::kNeedMore;
  }
  grammar.limit_body(bytes_max);
  while (!grammar.is_done()) {
    // Without bytes Beast reports neither progress nor an error between a chunk's size and its
    // data.
    if (grammar.parsed() == unread.size()) return State::kNeedMore;
    const error_code error = grammar.advance(unread);
    const bool framing_too_large = unread.size() - head_bytes_ > kFramingBytesMax + 2 * bytes_max;
    if (error == http::error::need_more && !framing_too_large) return State::kNeedMore;
    if (grammar.body_too_large || framing_too_large) {
      return refuse(413,
                    "too_large",
                    "The body has more than the " + std::to_string(bytes_max) +
                        " bytes that are accepted here.");
    }
    if (error) return refuse(400, "malformed_request", sentence_of(error));
  }
  consumed_ = grammar.parsed();
  body_done_ = true;
  return State::kDone;
}

Request RequestReader::request(std::string_view unread) const {
  const Grammar& grammar = **grammar_;
  Request request;
  request.method = grammar.method;
  std::string_view target = grammar.target.in(unread);
  // The absolute form, as sent to proxies (RFC 9112 §3.2.2).
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? std::string_view{"/"} : target.substr(slash);
  }
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  for (std::size_t i = 0; i < kRequestHeaderCount; ++i) {
    request.headers[i] = grammar.headers[i].in(unread);
  }
  if (body_done_) {
    request.body = grammar.chunked() ? std::string_view{chunked_body_}
                                     : unread.substr(head_bytes_, consumed_ - head_bytes_);
  }
  return request;
}

std::size_t RequestReader::expected_bytes() const {
  return head_bytes_ + body_bytes().value_or(0);
}

bool RequestReader::keep_alive() const {
  return (*grammar_)->keep_alive();
}

bool RequestReader::is_http_1_1() const {
  return (*grammar_)->version >= 11;
}

std::optional<std::size_t> RequestReader::body_bytes() const {
  const Grammar& grammar = **grammar_;
  if (grammar.chunked()) return std::nullopt;
  return static_cast<std::size_t>(grammar.content_length().value_or(0));
}

}  // namespace returnflows
