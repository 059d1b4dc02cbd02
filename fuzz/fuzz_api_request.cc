// Requests come from anybody, one behind the other, cut wherever the network likes. The reader must
// say the same however they are cut.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "chunk_sizes.h"
#include "returnflows/api/request_reader.h"
#include "returnflows/base/check.h"

namespace returnflows {
namespace {

using State = RequestReader::State;

// Small, so that short inputs reach it.
constexpr std::size_t kBodyBytesMax = 512;

std::string describe(const RequestReader& reader, std::string_view unread) {
  const Request request = reader.request(unread);
  RF_CHECK(reader.consumed() <= unread.size());
  RF_CHECK(request.body.size() <= kBodyBytesMax);
  std::string text = "request " + std::to_string(static_cast<int>(request.method)) + " ";
  text += request.path;
  text += " ? ";
  text += request.query;
  for (const std::string_view value : request.headers) {
    text += " | ";
    text += value;
  }
  text += " | ";
  text += request.body;
  text += reader.keep_alive() ? " keep" : " close";
  text += reader.is_http_1_1() ? " 1.1" : " 1.0";
  text += reader.wants_continue() ? " continue" : "";
  return text + " " + std::to_string(reader.consumed()) + "\n";
}

std::string describe(const Problem& problem) {
  RF_CHECK(problem.status >= 400 && problem.status < 500 && !problem.detail.empty());
  return "problem " + std::to_string(problem.status) + " " + problem.code + "\n";
}

// One connection, from its first byte on.
class Dialogue {
 public:
  // Takes in the next bytes; false when the connection cannot go on.
  bool receive(std::string_view bytes) {
    // Moved to a buffer of its own each time, as a connection's may be.
    unread_ = std::string{unread_ + std::string{bytes}};
    for (;;) {
      const State state = step();
      if (state == State::kNeedMore) return true;
      if (state == State::kProblem) {
        transcript_ += describe(reader_.problem());
        return false;
      }
    }
  }

  const std::string& transcript() const { return transcript_; }

 private:
  State step() {
    if (!head_done_) {
      const State state = reader_.head(unread_);
      if (state != State::kDone) return state;
      head_done_ = true;
    }
    const State state = reader_.body(unread_, kBodyBytesMax);
    if (state != State::kDone) return state;
    transcript_ += describe(reader_, unread_);
    unread_.erase(0, reader_.consumed());
    reader_.start();
    head_done_ = false;
    return unread_.empty() ? State::kNeedMore : State::kDone;
  }

  RequestReader reader_;
  std::string unread_;
  std::string transcript_;
  bool head_done_ = false;
};

std::string read_all(std::string_view bytes, ChunkSizes sizes) {
  Dialogue dialogue;
  while (!bytes.empty()) {
    const std::size_t size = sizes.next(bytes.size());
    if (!dialogue.receive(bytes.substr(0, size))) break;
    bytes.remove_prefix(size);
  }
  return dialogue.transcript();
}

}  // namespace
}  // namespace returnflows

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;  // NOLINT(google-build-using-namespace)
  std::string_view input{reinterpret_cast<const char*>(data), size};
  const ChunkSizes sizes{input};
  std::string_view no_sizes;
  RF_CHECK(read_all(input, sizes) == read_all(input, ChunkSizes{no_sizes}));
  return 0;
}
