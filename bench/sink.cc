// The receiver of the benchmark: takes webhooks on loopback, answers as their path asks, and keeps
// a ledger of what arrived. GET /report shows the ledger, POST /clear empties it.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <openssl/ssl.h>

#include "bench/epoll_loop.h"
#include "bench/sink_connection.h"
#include "bench/sink_ledger.h"
#include "bench/tcp_socket.h"
#include "returnflows/base/clock.h"

namespace returnflows::bench {
namespace {

struct SinkOptions {
  std::uint16_t port = 0;
  std::uint16_t control_port = 0;
  std::string certificate;  // PEM; empty: plain HTTP.
  std::string private_key;
  std::chrono::milliseconds slow_for{5'000};
};

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Result<TlsContext> make_tls(const SinkOptions& options) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX* raw = context.get();
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(raw, options.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(raw, options.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorCode::kInvalidInput, "cannot use " + options.certificate + " with its key");
  }
  return context;
}

class Acceptor final : public ReadyListener {
 public:
  Acceptor(SinkParts& parts, TcpSocket listening)
      : parts_(parts), listening_(std::move(listening)) {
    parts_.loop.watch(listening_.fd(), *this);
  }

  void on_ready(std::uint32_t) override {
    while (auto socket = accept_from(listening_)) {
      std::make_shared<SinkConnection>(parts_, std::move(*socket))->start();
    }
  }

 private:
  SinkParts& parts_;
  TcpSocket listening_;
};

[[noreturn]] void serve(SinkParts& parts) {
  for (;;) {
    auto& slow = parts.slow_answers;
    parts.loop.run_once(slow.empty() ? std::nullopt : std::optional(slow.front().due));
    const Monotonic now = slow.empty() ? Monotonic{} : monotonic_now();
    while (!slow.empty() && slow.front().due <= now) {
      const SlowAnswer answer = std::move(slow.front());
      slow.pop_front();
      if (const auto connection = answer.connection.lock()) {
        connection->answer_late(answer.place);
      } else {
        parts.ledger.answered(answer.place);
      }
    }
  }
}

Status run(const SinkOptions& options) {
  TlsContext tls(nullptr, &SSL_CTX_free);
  if (!options.certificate.empty()) {
    RF_TRY(tls, make_tls(options));
  }
  EpollLoop loop;
  SinkLedger ledger;
  SinkParts parts{.loop = loop, .ledger = ledger, .tls = tls.get(), .slow_for = options.slow_for};
  SinkParts plain_parts{.loop = loop, .ledger = ledger};
  RF_TRY(Listening webhooks, listen_on_loopback(options.port));
  RF_TRY(Listening reports, listen_on_loopback(options.control_port));
  const Acceptor webhook_acceptor(parts, std::move(webhooks.socket));
  const Acceptor report_acceptor(plain_parts, std::move(reports.socket));
  std::printf("listening %u %u\n", unsigned{webhooks.port}, unsigned{reports.port});
  std::fflush(stdout);
  serve(parts);
}

}  // namespace
}  // namespace returnflows::bench

int main(int argc, char** argv) {
  CLI::App app{"The receiver of the benchmark: bench/run.py starts it"};
  returnflows::bench::SinkOptions options;
  app.add_option("--port", options.port, "For webhooks; 0 takes a free one");
  app.add_option("--control-port", options.control_port, "For /report and /clear, always plain");
  app.add_option("--certificate", options.certificate, "PEM; with it, webhooks come by TLS");
  app.add_option("--private-key", options.private_key, "PEM");
  app.add_option_function<unsigned>(
      "--slow-ms",
      [&options](unsigned milliseconds) {
        options.slow_for = std::chrono::milliseconds{milliseconds};
      },
      "How long /slow/… takes to answer");
  CLI11_PARSE(app, argc, argv);
  const auto done = returnflows::bench::run(options);
  std::fprintf(stderr, "sink: %s\n", done.error().detail.c_str());
  return 1;
}
