#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/clock.h"
#include "returnflows/delivery/signing.h"
#include "returnflows/dispatch/connection.h"
#include "returnflows/dispatch/payout_answer.h"
#include "returnflows/dispatch/tls.h"
#include "returnflows/endpoints/endpoint_url.h"
#include "returnflows/store/return_records.h"

namespace returnflows {

// Who pays out for a merchant.
struct PayoutProvider {
  std::shared_ptr<const EndpointUrl> url;
  Signer signer;
};

// One try of one payout order. The provider is asked first what it knows of the payout, unless no
// earlier request can have reached it; the payout is ordered only after it has said that it knows
// nothing. Each request has a connection of its own, which never sends it a second time.
//
// Thread: shard-affine.
class PayoutExchange {
 public:
  // What all exchanges share; outlives them.
  struct Surroundings {
    Executor executor;
    Resolver& resolver;
    const EgressPolicy& egress;
    asio::ssl::context& tls;
    const Clock& clock;
    std::string user_agent;
    std::chrono::milliseconds request_timeout;  // For each of the two requests.
  };

  PayoutExchange(const Surroundings& surroundings, PayoutProvider provider);

  // `due` and this object must outlive the task. Returns: what is known of the payout after it,
  // where `may_have_arrived` is that of the order, not of the question; nullopt after abort(), or
  // when stop() came before an order went out.
  Task<std::optional<PayoutAnswer>> run(const DuePayout* due);

  // Asks only: the same of a provider that is to be ordered from no more.
  Task<std::optional<PayoutAnswer>> ask(const DuePayout* due);

  // No order goes out from now on.
  void stop() { stopping_ = true; }

  // Ends the request under way when its time is over.
  void sweep(Monotonic now);

  // Ends the request under way; its outcome is unknown. To be called after stop().
  void abort();

 private:
  enum class Question : std::uint8_t { kWhatCameOfIt, kPleasePay };

  Task<std::optional<Attempt>> send(Question question, const DuePayout* due);
  void render(Question question, const DuePayout& due);

  const Surroundings& surroundings_;
  PayoutProvider provider_;
  TlsSession session_;
  std::optional<Connection> connection_;
  std::string request_;
  bool stopping_ = false;
};

}  // namespace returnflows
