#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace returnflows {

// Reads one HTTP/1.x answer from the bytes of a connection, in chunks of any size, and keeps what
// the attempt's log shows. Without a socket, so that it can be tested and fuzzed alone.
//
// Informational answers (1xx but 101) are skipped. Limits: limits::kAnswerHeaderBytesMax,
// kAnswerBodyBytesMax (read), kAnswerBodyBytesKept (kept), kInformationalAnswersMax.
// Thread: one at a time. Source: RFC 9112; design §7.
class AnswerParser {
 public:
  enum class State : std::uint8_t {
    kNeedMore,  // The answer is not whole yet.
    kDone,      // The answer is whole.
    kBad,       // This is not HTTP/1.x; error() says why.
    kTooLarge,  // Header or body passed its limit; error() says which.
    kCutShort,  // The connection ended in the middle (only after finish_at_eof()).
  };

  struct Answer {
    int status = 0;
    std::string headers;    // "Name: value" lines, CRLF between them, none at the end.
    std::string body;       // The first limits::kAnswerBodyBytesKept bytes.
    bool body_cut = false;  // More of it came.
    std::string retry_after;
  };

  AnswerParser();
  ~AnswerParser();
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;

  // Makes ready for the next answer.
  void reset();

  // Takes the next bytes. After any state but kNeedMore, only reset() may follow.
  State feed(std::string_view chunk);

  // The connection has ended: completes an answer that is delimited by that.
  State finish_at_eof();

  // True when anything at all has come since reset().
  bool got_some() const;

  // After kDone: whether the connection may carry another request (HTTP/1.1 rules, nothing left
  // over behind the answer).
  bool keep_alive() const;

  // The sentence about kBad and kTooLarge.
  std::string_view error() const;

  // What has been read so far, moved out; complete after kDone.
  Answer take();

 private:
  struct Reader;

  State advance(std::string_view bytes, std::size_t& consumed);
  State look_at_header(std::string_view bytes);
  State refuse(State state, std::string_view reason);

  std::unique_ptr<Reader> reader_;
  std::string pending_;  // Received but not yet consumed: a header line or chunk header.
  std::string error_;
  int informational_count_ = 0;
  bool got_some_ = false;
  bool left_over_ = false;
};

}  // namespace returnflows
