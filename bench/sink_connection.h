#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "bench/epoll_loop.h"
#include "bench/http_scan.h"
#include "bench/sink_ledger.h"
#include "bench/tcp_socket.h"
#include "returnflows/base/clock.h"

namespace returnflows::bench {

class SinkConnection;

// An answer that is to go out later.
struct SlowAnswer {
  Monotonic due{};
  std::weak_ptr<SinkConnection> connection;
  SinkPlace place;
};

// What all connections of a sink share. Thread: the loop's.
struct SinkParts {
  EpollLoop& loop;
  SinkLedger& ledger;
  SSL_CTX* tls = nullptr;  // Null: plain.
  Monotonic::duration slow_for{};
  std::deque<SlowAnswer> slow_answers = {};  // In the order in which they are due.
};

// One client of the sink: requests are answered in order, each as its path asks. Keeps itself alive
// until the other side closes. Thread: the loop's.
class SinkConnection final : public ReadyListener,
                             public std::enable_shared_from_this<SinkConnection> {
 public:
  SinkConnection(SinkParts& parts, TcpSocket socket);
  ~SinkConnection() override;

  void start();

  void on_ready(std::uint32_t events) override;

  // Sends "200 OK" for a request that has waited.
  void answer_late(const SinkPlace& place);

 private:
  struct FreeTls {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };

  // Bytes got; 0 when there are none yet; -1 at the end.
  long read_some();
  void take(const HttpMessage& message);
  void control(std::string_view first_line);
  void write(std::string_view bytes);
  void write_rest();
  long write_some(std::string_view bytes);
  void end();

  SinkParts& parts_;
  TcpSocket socket_;
  std::unique_ptr<SSL, FreeTls> tls_;
  std::string in_;
  std::size_t in_bytes_ = 0;
  std::string unsent_;
  std::shared_ptr<SinkConnection> self_;
};

}  // namespace returnflows::bench
