#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "bench/epoll_loop.h"
#include "bench/latency_histogram.h"
#include "bench/tcp_socket.h"
#include "returnflows/base/clock.h"

namespace returnflows::bench {

// What came back, over all connections.
struct LoadTally {
  std::uint64_t requests_accepted = 0;   // 2xx
  std::map<int, std::uint64_t> refused;  // By status; 0: the connection broke.
  LatencyHistogram answer;  // From when a request was to be sent to the end of its answer.
};

// One keep-alive connection with at most one request under way. Thread: the loop's.
class LoadConnection final : public ReadyListener {
 public:
  // Called when the answer has come, so that the next request may go.
  using Free = std::function<void(LoadConnection&)>;

  LoadConnection(EpollLoop& loop, TcpSocket socket, LoadTally& tally, Free free);

  // Sends; `at` is when it was to be sent. Only when is_free().
  void send(std::string_view request, Monotonic at);

  bool is_free() const { return !busy_ && !broken_; }

  bool is_broken() const { return broken_; }

  void on_ready(std::uint32_t events) override;

 private:
  void write_rest();
  void finish(int status);

  EpollLoop& loop_;
  TcpSocket socket_;
  LoadTally& tally_;
  Free free_;
  std::string unsent_;  // What the socket did not take at once.
  std::string in_;
  std::size_t in_bytes_ = 0;
  Monotonic sent_at_{};
  bool busy_ = false;
  bool broken_ = false;
};

}  // namespace returnflows::bench
