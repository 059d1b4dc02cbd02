#include "returnflows/dispatch/scripted_provider.h"

#include <algorithm>
#include <utility>

namespace returnflows {

std::string ScriptedProvider::Request::header(const std::string& name) const {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 4;
  return head.substr(from, head.find("\r\n", from) - from);
}

ScriptedProvider::ScriptedProvider(Answer answer)
    : answer_(std::move(answer)),
      receiver_([this](ReceiverPeer& peer, std::size_t) { serve(peer); }) {}

void ScriptedProvider::serve(ReceiverPeer& peer) {
  auto received = peer.read_request();
  if (!received) return;
  Request request{.line = received->head.substr(0, received->head.find(" HTTP/1.1")),
                  .head = std::move(received->head),
                  .body = std::move(received->body)};
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    most_at_once_ = std::max(most_at_once_, ++at_once_);
  }
  const std::string answer = answer_(request);
  {
    // Before the answer, which may set off the next request.
    const std::scoped_lock lock(mutex_);
    --at_once_;
  }
  if (answer.empty()) {
    peer.wait_for_end();
  } else {
    peer.write(answer);
  }
}

std::string ScriptedProvider::url() const {
  return "http://127.0.0.1:" + std::to_string(receiver_.port()) + "/payouts";
}

std::vector<ScriptedProvider::Request> ScriptedProvider::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::vector<std::string> ScriptedProvider::lines() const {
  std::vector<std::string> lines;
  for (const Request& request : requests()) {
    lines.push_back(request.line);
  }
  return lines;
}

std::size_t ScriptedProvider::orders() const {
  const auto all = requests();
  return static_cast<std::size_t>(std::ranges::count_if(all, &Request::is_order));
}

std::size_t ScriptedProvider::most_at_once() const {
  const std::scoped_lock lock(mutex_);
  return most_at_once_;
}

std::string json_answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\nconnection: close\r\n\r\n" + body;
}

}  // namespace returnflows
