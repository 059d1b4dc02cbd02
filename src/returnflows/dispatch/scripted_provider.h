#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "returnflows/dispatch/loopback_receiver.h"

namespace returnflows {

// For tests of payouts: a provider on a loopback port that answers as it is told, and remembers
// what it was asked. Thread: any.
class ScriptedProvider {
 public:
  struct Request {
    std::string line;  // "POST /payouts"
    std::string head;
    std::string body;

    bool is_order() const { return line.starts_with("POST "); }

    // The value of a header; empty when there is none of that name.
    std::string header(const std::string& name) const;
  };

  // What to answer, as a whole HTTP answer; nothing: none is ever given. Called on a thread of the
  // connection's own, so it may block.
  using Answer = std::function<std::string(const Request& request)>;

  explicit ScriptedProvider(Answer answer);

  std::string url() const;

  std::vector<Request> requests() const;
  std::vector<std::string> lines() const;
  std::size_t orders() const;  // POSTs.
  // Requests that had no answer yet, at most at one time.
  std::size_t most_at_once() const;

 private:
  void serve(ReceiverPeer& peer);

  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::size_t at_once_ = 0;
  std::size_t most_at_once_ = 0;
  LoopbackReceiver receiver_;
};

// "HTTP/1.1 <status> …" with a JSON body.
std::string json_answer(int status, const std::string& body = "{}");

}  // namespace returnflows
