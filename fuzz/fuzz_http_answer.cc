// Answers come from receivers, cut wherever the network likes. The parser must say the same
// however they are cut, and keep no more than it may.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "chunk_sizes.h"
#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/dispatch/answer_parser.h"

namespace returnflows {
namespace {

using State = AnswerParser::State;

struct Reading {
  State state = State::kNeedMore;
  bool keep_alive = false;
  bool has_reason = false;
  AnswerParser::Answer answer;
};

// Reads an answer and the end of the connection behind it.
Reading read_answer(std::string_view bytes, ChunkSizes sizes) {
  AnswerParser parser;
  Reading reading;
  while (reading.state == State::kNeedMore && !bytes.empty()) {
    // A copy of its own: what reads beyond its end is seen by the address sanitizer.
    const std::string chunk{bytes.substr(0, sizes.next(bytes.size()))};
    reading.state = parser.feed(chunk);
    bytes.remove_prefix(chunk.size());
  }
  // What is left over behind an answer ends the connection, whether it has been read or not.
  reading.keep_alive = parser.keep_alive() && bytes.empty();
  if (reading.state == State::kNeedMore) reading.state = parser.finish_at_eof();
  reading.has_reason = !parser.error().empty();
  reading.answer = parser.take();
  return reading;
}

void check(const Reading& reading) {
  const AnswerParser::Answer& answer = reading.answer;
  RF_CHECK(reading.state != State::kNeedMore);
  const bool refused = reading.state == State::kBad || reading.state == State::kTooLarge;
  RF_CHECK(reading.has_reason == refused);
  RF_CHECK(answer.body.size() <= limits::kAnswerBodyBytesKept);
  RF_CHECK(!answer.body_cut || answer.body.size() == limits::kAnswerBodyBytesKept);
  RF_CHECK(answer.headers.size() <= limits::kAnswerHeaderBytesMax);
  if (reading.state == State::kDone) RF_CHECK(answer.status == 101 || answer.status >= 200);
}

}  // namespace
}  // namespace returnflows

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;  // NOLINT(google-build-using-namespace)
  std::string_view input{reinterpret_cast<const char*>(data), size};
  const ChunkSizes sizes{input};
  std::string_view no_sizes;
  const Reading whole = read_answer(input, ChunkSizes{no_sizes});
  const Reading cut = read_answer(input, sizes);
  check(whole);
  check(cut);
  RF_CHECK(cut.state == whole.state);
  RF_CHECK(cut.keep_alive == whole.keep_alive);
  RF_CHECK(cut.answer.status == whole.answer.status);
  RF_CHECK(cut.answer.headers == whole.answer.headers);
  RF_CHECK(cut.answer.retry_after == whole.answer.retry_after);
  RF_CHECK(cut.answer.body == whole.answer.body);
  RF_CHECK(cut.answer.body_cut == whole.answer.body_cut);
  return 0;
}
