#include "returnflows/dispatch/answer_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "returnflows/base/http_head.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

// Beast's grammar with our storage: lines and bytes go straight to where the log wants them,
// without a container of fields in between.
class Grammar final : public http::basic_parser<false> {
 public:
  explicit Grammar(AnswerParser::Answer& answer) : answer_(answer) {
    header_limit(static_cast<std::uint32_t>(limits::kAnswerHeaderBytesMax));
    body_limit(limits::kAnswerBodyBytesMax);
    eager(true);
  }

  bool header_done() const { return header_done_; }

 private:
  void on_request_impl(http::verb, BeastText, BeastText, int, error_code&) override {}

  void on_response_impl(int code, BeastText, int, error_code&) override { answer_.status = code; }

  // Beast's own limit sees only what one call brings, so that a header that drips in line by line
  // would never end: the lines are counted here.
  void on_field_impl(http::field name,
                     BeastText name_text,
                     BeastText value,
                     error_code& error) override {
    header_bytes_ += name_text.size() + value.size() + 4;
    if (header_bytes_ > limits::kAnswerHeaderBytesMax) {
      error = http::error::header_limit;
      return;
    }
    if (header_done_) return;  // A trailer: allowed, not kept.
    if (!answer_.headers.empty()) answer_.headers += "\r\n";
    answer_.headers.append(name_text.data(), name_text.size());
    answer_.headers += ": ";
    answer_.headers.append(value.data(), value.size());
    if (name == http::field::retry_after) answer_.retry_after.assign(value.data(), value.size());
  }

  void on_header_impl(error_code&) override { header_done_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(BeastText bytes, error_code&) override { return keep(bytes); }

  void on_chunk_header_impl(std::uint64_t, BeastText, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, BeastText bytes, error_code&) override {
    return keep(bytes);
  }

  void on_finish_impl(error_code&) override {}

  std::size_t keep(BeastText bytes) {
    const std::size_t room =
        limits::kAnswerBodyBytesKept - std::min(limits::kAnswerBodyBytesKept, answer_.body.size());
    answer_.body.append(bytes.data(), std::min(room, bytes.size()));
    if (bytes.size() > room) answer_.body_cut = true;
    return bytes.size();
  }

  AnswerParser::Answer& answer_;
  std::size_t header_bytes_ = 0;
  bool header_done_ = false;
};

constexpr std::string_view kVersionPrefix = "HTTP/1.";

std::string_view words_of(const error_code& error) {
  if (error == http::error::header_limit) return "the answer's header is larger than 16 KiB";
  if (error == http::error::body_limit) return "the answer's body is larger than 64 KiB";
  if (error == http::error::bad_version) return "what came back is not HTTP/1.1";
  if (error == http::error::bad_status) return "the answer's status line is not HTTP/1.1";
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
    return "the answer's chunks are broken";
  }
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length ||
      error == http::error::bad_transfer_encoding) {
    return "the answer's length is contradictory";
  }
  return "the answer's header is not HTTP/1.1";
}

}  // namespace

struct AnswerParser::Reader {
  Answer answer;
  std::optional<Grammar> grammar;

  void restart() {
    answer = {};
    grammar.emplace(answer);
  }
};

AnswerParser::AnswerParser() : reader_(std::make_unique<Reader>()) {
  reset();
}

AnswerParser::~AnswerParser() = default;

void AnswerParser::reset() {
  reader_->restart();
  pending_.clear();
  error_.clear();
  informational_count_ = 0;
  got_some_ = false;
  left_over_ = false;
}

AnswerParser::State AnswerParser::refuse(State state, std::string_view reason) {
  error_ = reason;
  return state;
}

AnswerParser::State AnswerParser::feed(std::string_view chunk) {
  if (chunk.empty()) return State::kNeedMore;
  got_some_ = true;
  std::size_t consumed = 0;
  if (pending_.empty()) {
    const State state = advance(chunk, consumed);
    if (state == State::kNeedMore) pending_ = chunk.substr(consumed);
    return state;
  }
  pending_ += chunk;
  const State state = advance(pending_, consumed);
  if (state == State::kNeedMore) pending_.erase(0, consumed);
  return state;
}

AnswerParser::State AnswerParser::advance(std::string_view bytes, std::size_t& consumed) {
  while (consumed < bytes.size()) {
    Grammar& grammar = *reader_->grammar;
    const std::string_view rest = bytes.substr(consumed);
    if (!grammar.header_done()) {
      const State header = look_at_header(rest);
      if (header != State::kDone) return header;
    }
    error_code error;
    const std::size_t taken =
        grammar.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    consumed += taken;
    if (grammar.is_done()) {
      const int status = reader_->answer.status;
      if (status >= 200 || status == 101) {
        left_over_ = consumed < bytes.size();
        return State::kDone;
      }
      if (++informational_count_ > limits::kInformationalAnswersMax) {
        return refuse(State::kBad, "the server sends informational answers without end");
      }
      reader_->restart();
      continue;
    }
    const bool needs_more = error == http::error::need_more || (!error && taken == 0);
    if (needs_more && grammar.header_done()) break;
    if (error) {
      const bool too_large = error == http::error::header_limit || error == http::error::body_limit;
      return refuse(too_large ? State::kTooLarge : State::kBad, words_of(error));
    }
  }
  // A chunk header that does not end: Beast waits for its end without a limit of its own.
  if (bytes.size() - consumed > limits::kAnswerHeaderBytesMax) {
    return refuse(State::kTooLarge, "a line of the answer is larger than 16 KiB");
  }
  return State::kNeedMore;
}

// kDone when the whole header is there. Beast sees no less: with less it sometimes refuses at once
// and sometimes waits, depending on where the network cut.
AnswerParser::State AnswerParser::look_at_header(std::string_view bytes) {
  if (bytes.substr(0, kVersionPrefix.size()) != kVersionPrefix.substr(0, bytes.size())) {
    return refuse(State::kBad, words_of(http::error::bad_version));
  }
  const HttpHead found = find_http_head(bytes.substr(0, limits::kAnswerHeaderBytesMax));
  switch (found.state) {
    case HttpHead::State::kComplete:
      return State::kDone;
    case HttpHead::State::kBroken:
      return refuse(State::kBad, words_of(http::error::bad_line_ending));
    case HttpHead::State::kNeedMore:
      break;
  }
  if (bytes.size() <= limits::kAnswerHeaderBytesMax) return State::kNeedMore;
  return refuse(State::kTooLarge, words_of(http::error::header_limit));
}

AnswerParser::State AnswerParser::finish_at_eof() {
  Grammar& grammar = *reader_->grammar;
  if (!grammar.got_some()) return State::kCutShort;
  error_code error;
  grammar.put_eof(error);
  return !error && grammar.is_done() ? State::kDone : State::kCutShort;
}

bool AnswerParser::got_some() const {
  return got_some_;
}

bool AnswerParser::keep_alive() const {
  const Grammar& grammar = *reader_->grammar;
  return grammar.is_done() && grammar.keep_alive() && !left_over_ && reader_->answer.status != 101;
}

std::string_view AnswerParser::error() const {
  return error_;
}

AnswerParser::Answer AnswerParser::take() {
  return std::move(reader_->answer);
}

}  // namespace returnflows
