// The limit that the sockets set: Returnflows' own HTTP server in front, its own signed requests
// and HTTP client behind, and nothing between them: no checking, no store. A request is answered
// when its webhook has been, so at most as many are on their way as there are connections.
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "returnflows/api/http_server.h"
#include "returnflows/api/router.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/base/random.h"
#include "returnflows/delivery/signing.h"
#include "returnflows/dispatch/http_sender.h"
#include "returnflows/dispatch/request_head.h"
#include "returnflows/dispatch/tls.h"
#include "returnflows/endpoints/endpoint_url.h"
#include "returnflows/endpoints/ip_address.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"

namespace returnflows::bench {
namespace {

constexpr std::chrono::milliseconds kSweepInterval{100};
constexpr std::string_view kAnswer = R"({"id":"evt_01KGE6Q2V8Y300100000000000"})";

// Nobody has a key, and nobody is asked for one.
class NoAccess final : public AccessBook {
 public:
  std::shared_ptr<const ApiKey> find_key(const std::array<std::uint8_t, 32>&) const override {
    return nullptr;
  }

  std::vector<std::shared_ptr<const ApiKey>> keys() const override { return {}; }

  std::shared_ptr<const Merchant> find_merchant(MerchantId) const override { return nullptr; }

  std::shared_ptr<const Merchant> find_merchant_by_slug(std::string_view) const override {
    return nullptr;
  }

  std::vector<std::shared_ptr<const Merchant>> merchants() const override { return {}; }
};

// The client of one shard. Thread: shard-affine.
class Forwarder final : public SendListener {
 public:
  struct Parts {
    Shard& shard;
    BlockingPool& pool;
    const EgressPolicy& egress;
    asio::ssl::context& tls;
    const EndpointUrl& destination;
    const Clock& clock;
  };

  Forwarder(const Parts& parts, Signer signer)
      : parts_(parts),
        signer_(std::move(signer)),
        resolver_(parts.pool, parts.shard, machine_addresses),
        sender_({.executor = parts.shard.executor(),
                 .resolver = resolver_,
                 .egress = parts.egress,
                 .tls = parts.tls},
                *this) {
    sender_.point_at(std::make_shared<const EndpointUrl>(parts.destination));
    parts_.shard.every(kSweepInterval, [this] { sender_.sweep(monotonic_now()); });
  }

  // Sends `body` as a webhook; true when the answer was 200.
  Task<bool> forward(std::string_view body) {
    OutgoingRequest request{.delivery = DeliveryId{++last_},
                            .attempt_number = 1,
                            .started_at = parts_.clock.now(),
                            .bytes = std::exchange(spare_buffer_, {}),
                            .deadline = monotonic_now() + limits::kAttemptTimeoutDefault};
    request.bytes.clear();
    append_request(request.bytes,
                   {.target = parts_.destination.target,
                    .host_header = parts_.destination.host_header,
                    .user_agent = "Returnflows/bench",
                    .event_id = "evt_01KGE6Q2V8Y300100000000000",
                    .event_type = "return.created",
                    .delivery_id = "dlv_01KGE6Q2V8Y300100000000000",
                    .timestamp_seconds = request.started_at.time_since_epoch().count() / 1000,
                    .body = body,
                    .signer = &signer_});
    auto start = [this,
                  request = std::move(request)](std::move_only_function<void(bool)> done) mutable {
      waiting_.emplace(request.delivery, std::move(done));
      sender_.send(std::move(request));
    };
    return answer_of<bool>(std::move(start));
  }

  void request_finished(DeliveryId delivery, Attempt attempt, std::string buffer) override {
    spare_buffer_ = std::move(buffer);
    finish(delivery, attempt.status == 200);
  }

  void request_abandoned(DeliveryId delivery) override { finish(delivery, false); }

 private:
  void finish(DeliveryId delivery, bool good) {
    auto node = waiting_.extract(delivery);
    node.mapped()(good);
  }

  Parts parts_;
  Signer signer_;
  Resolver resolver_;
  std::unordered_map<DeliveryId, std::move_only_function<void(bool)>> waiting_;
  std::int64_t last_ = 0;
  std::string spare_buffer_;
  HttpSender sender_;
};

struct Options {
  std::string url;
  std::string ca_file;
  std::size_t threads = 2;
};

using Forwarders = std::vector<std::unique_ptr<Forwarder>>;

Task<Response> pass(const Forwarders* forwarders, Request request) {
  const bool good = co_await (*forwarders)[request.shard->index()]->forward(request.body);
  Response response{.status = good ? 202 : 502};
  response.body = kAnswer;
  co_return response;
}

Route route_to(const Forwarders& forwarders) {
  return {
      .method = Method::kPost,
      .pattern = "/v1/events",
      .access = Access::kPublic,
      .body = BodyKind::kEvent,
      .handler = [&forwarders](Request request) { return pass(&forwarders, std::move(request)); }};
}

// Serves until the process is ended: nothing here is worth an orderly stop.
Status serve(const Options& options) {
  EgressPolicy egress;
  RF_TRY(const IpRange loopback, IpRange::parse("127.0.0.0/8"));
  egress.allow.push_back(loopback);
  RF_TRY(const EndpointUrl destination, parse_endpoint_url(options.url, egress));
  RF_TRY(const auto tls,
         make_tls_context(options.ca_file.empty()
                              ? std::nullopt
                              : std::optional<std::filesystem::path>(options.ca_file)));
  const SystemClock clock;
  SystemRandom random;
  const Secret secret = generate_secret(random);
  ShardSet shards(options.threads);
  BlockingPool pool(1);
  Forwarders forwarders;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    RF_TRY(Signer signer, Signer::make(secret));
    forwarders.push_back(std::make_unique<Forwarder>(Forwarder::Parts{.shard = shards.at(i),
                                                                      .pool = pool,
                                                                      .egress = egress,
                                                                      .tls = *tls,
                                                                      .destination = destination,
                                                                      .clock = clock},
                                                     std::move(signer)));
  }
  const NoAccess access;
  const IdCodec ids{HashKey{}};
  const Authenticator authenticator(access, ids);
  std::vector<Route> routes;
  routes.push_back(route_to(forwarders));
  const Router router(std::move(routes));
  Metrics metrics;
  HttpServer server({.shards = shards,
                     .router = router,
                     .authenticator = authenticator,
                     .metrics = metrics,
                     .clock = clock});
  shards.start();
  RF_TRY_STATUS(server.listen("127.0.0.1", 0));
  server.start();
  std::printf("listening on http://127.0.0.1:%u\n", unsigned{server.port()});
  std::fflush(stdout);
  for (;;) {
    ::pause();
  }
}

}  // namespace
}  // namespace returnflows::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Server and client of Returnflows without a store: bench/run.py starts it"};
  returnflows::bench::Options options;
  app.add_option("--url", options.url, "Where requests go")->required();
  app.add_option("--ca-file", options.ca_file, "PEM of the sink's certificate authority");
  app.add_option("--threads", options.threads);
  CLI11_PARSE(app, argc, argv);
  const auto done = returnflows::bench::serve(options);
  std::fprintf(stderr, "pass_through: %s\n", done.error().detail.c_str());
  return 1;
}
