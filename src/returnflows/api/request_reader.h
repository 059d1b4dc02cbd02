#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/api/problem.h"
#include "returnflows/api/request.h"

namespace returnflows {

// Reads HTTP/1.x requests out of a connection's buffer, in pieces of any size. Without a socket, so
// that it can be tested alone. The views that it hands out point into the buffer.
//
//   start(); while (head(unread) == kNeedMore) read more;
//   while (body(unread, max) == kNeedMore) read more; … consumed() bytes are done with.
//
// Each call gets the same bytes as the one before, perhaps moved, with new ones behind them.
// Limits: limits::kRequestHeaderBytesMax, kRequestHeadersMax. Thread: one at a time.
// Source: RFC 9112. Stricter than that: no folded header lines, no second Host, Authorization, or
// other header that is looked at here.
class RequestReader {
 public:
  enum class State : std::uint8_t { kNeedMore, kDone, kProblem };

  RequestReader();
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Makes ready for the next request.
  void start();

  // Reads up to the end of the header. After kDone, request() is filled but for the body.
  State head(std::string_view unread);

  // Reads the body, which may have `bytes_max` bytes. After kDone, request().body is set.
  State body(std::string_view unread, std::size_t bytes_max);

  // The request as far as it has been read; its views point into the last `unread`.
  Request request(std::string_view unread) const;

  // What to answer after kProblem; the connection cannot go on.
  const Problem& problem() const { return problem_; }

  // Bytes of this request in `unread`, header and body; after body() was done.
  std::size_t consumed() const { return consumed_; }

  // How many bytes `unread` will have in the end, as far as that is known.
  std::size_t expected_bytes() const;

  // After head() was done:
  bool keep_alive() const;
  bool is_http_1_1() const;

  bool wants_continue() const { return wants_continue_; }  // Expect: 100-continue

  // The announced size of the body; nullopt when it comes in chunks.
  std::optional<std::size_t> body_bytes() const;

 private:
  class Grammar;

  State refuse(int status, std::string_view code, std::string_view detail);
  State check_head(std::string_view unread);

  std::unique_ptr<std::optional<Grammar>> grammar_;
  std::size_t head_bytes_ = 0;
  std::size_t consumed_ = 0;
  std::string chunked_body_;
  bool body_done_ = false;
  bool wants_continue_ = false;
  Problem problem_;
};

}  // namespace returnflows
