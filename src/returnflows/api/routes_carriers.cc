#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/secret.h"
#include "returnflows/carriers/carrier.h"
#include "returnflows/store/return_transitions.h"

namespace returnflows {
namespace {

using carriers::Carrier;
using carriers::ReportedScan;

constexpr std::string_view kDefaultMerchant = "default";

// Where the signature of each carrier stands among the headers that are read.
RequestHeader header_of(Carrier carrier) {
  switch (carrier) {
    case Carrier::kEasyPost:
      return RequestHeader::kEasyPostSignature;
    case Carrier::kShippo:
      return RequestHeader::kShippoSignature;
    case Carrier::kAfterShip:
      return RequestHeader::kAfterShipSignature;
    case Carrier::kShip24:
      return RequestHeader::kAuthorization;
    case Carrier::kSeventeenTrack:
      return RequestHeader::kSeventeenTrackSignature;
    case Carrier::kGeneric:
      return RequestHeader::kGenericSignature;
  }
  std::unreachable();
}

using ScanOutcome = Result<RunCommand::Outcome>;

// What became of the scans of one request.
struct ScanCounts {
  std::size_t received = 0;
  std::size_t applied = 0;  // Also those that the return knew already.
  std::size_t ignored = 0;  // By the return's state.
  std::size_t unknown = 0;  // No return has the tracking number.
};

// Errors: what keeps a scan from being recorded now; the carrier has to send it again.
Status count(const ScanOutcome& outcome, ScanCounts& counts) {
  if (outcome) {
    ++(outcome->refusal ? counts.ignored : counts.applied);
  } else if (outcome.error().code == ErrorCode::kNotFound) {
    ++counts.unknown;
  } else if (outcome.error().code == ErrorCode::kConflict) {
    ++counts.ignored;
  } else {
    return std::unexpected(outcome.error());
  }
  return {};
}

RunCommand command_of(MerchantId merchant, Carrier carrier, ReportedScan scan) {
  RunCommand::LabelledReturn target{.tracking_number = scan.tracking_number};
  return {.merchant = merchant,
          .target = std::move(target),
          .command = {.body = carriers::to_command(std::move(scan)),
                      .actor = {.type = returns::ActorType::kCarrier,
                                .id = {},
                                .name = std::string{carriers::carrier_name(carrier)}},
                      .correlation_id = {}}};
}

class CarrierRoutes {
 public:
  explicit CarrierRoutes(ApiContext& context) : context_(context) {}

  Task<Response> probe(Request request);
  Task<Response> receive(Request request);

 private:
  struct Sender {
    MerchantId merchant;
    Secret secret;
  };

  Result<Sender> find_sender(Carrier carrier, std::string_view merchant) const;
  Task<std::vector<ScanOutcome>> apply(Shard* shard, std::vector<RunCommand> commands);

  ApiContext& context_;
};

// Some carriers ask for the URL before they let it be saved, without a secret.
Task<Response> CarrierRoutes::probe(Request request) {
  if (!carriers::find_carrier(request.parameter)) {
    co_return problem_response(no_such("carrier", request.parameter).error());
  }
  co_return Response{.body = R"({"status":"ready"})"};
}

// Whom the URL names, and the secret that its carrier must know. A merchant who does not exist is
// one who has not set a carrier up, so that nobody finds out here which ones there are.
Result<CarrierRoutes::Sender> CarrierRoutes::find_sender(Carrier carrier,
                                                         std::string_view name) const {
  const auto merchant = context_.authenticator.find_merchant(name);
  if (merchant == nullptr) return Sender{};
  const auto settings = context_.parts.store.settings().settings_of(merchant->id);
  const std::string_view carrier_name = carriers::carrier_name(carrier);
  const auto sealed = settings->carrier_secrets.find(carrier_name);
  if (sealed == settings->carrier_secrets.end()) return Sender{};
  std::string bound_to = "carriers/";
  bound_to += carrier_name;
  RF_TRY(
      Secret secret,
      context_.parts.secret_box.open(sealed->second, settings_secret_name(merchant->id, bound_to)));
  return Sender{.merchant = merchant->id, .secret = std::move(secret)};
}

// Submits all at once, so that a long history costs one commit; they run in this order.
Task<std::vector<ScanOutcome>> CarrierRoutes::apply(Shard* shard,
                                                    std::vector<RunCommand> commands) {
  using Outcomes = std::vector<ScanOutcome>;
  if (commands.empty()) co_return Outcomes{};
  auto start =
      [journal = &context_.parts.journal, shard, all = std::move(commands)](auto done) mutable {
        // Answers come on the shard, one after the other.
        struct Waiting {
          Outcomes outcomes;
          std::size_t count;
          std::move_only_function<void(Outcomes)> done;
        };

        const auto waiting = std::make_shared<Waiting>(
            Waiting{.outcomes = {}, .count = all.size(), .done = std::move(done)});
        for (RunCommand& command : all) {
          journal->submit(std::move(command), *shard, [waiting](ScanOutcome outcome) {
            waiting->outcomes.push_back(std::move(outcome));
            if (waiting->outcomes.size() == waiting->count)
              waiting->done(std::move(waiting->outcomes));
          });
        }
      };
  co_return co_await answer_of<Outcomes>(std::move(start));
}

Task<Response> CarrierRoutes::receive(Request request) {
  const auto carrier = carriers::find_carrier(request.parameter);
  if (!carrier) co_return problem_response(no_such("carrier", request.parameter).error());
  const auto parameters = QueryParameters::parse(request.query, {"merchant", "token"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto sender =
      find_sender(*carrier, parameters->find("merchant").value_or(kDefaultMerchant));
  if (!sender) co_return problem_response(sender.error());
  const carriers::WebhookRequest signed_request{.signature = request.header(header_of(*carrier)),
                                                .token = parameters->find("token").value_or(""),
                                                .body = request.body};
  if (const Status verified = carriers::verify(*carrier, sender->secret, signed_request);
      !verified) {
    co_return problem_response(verified.error());
  }
  auto scans = carriers::parse(*carrier, request.body);
  if (!scans) co_return problem_response(scans.error());

  ScanCounts counts{.received = scans->size()};
  std::vector<RunCommand> commands;
  commands.reserve(scans->size());
  for (ReportedScan& scan : *scans) {
    commands.push_back(command_of(sender->merchant, *carrier, std::move(scan)));
  }
  const auto outcomes = co_await apply(request.shard, std::move(commands));
  for (const ScanOutcome& outcome : outcomes) {
    if (const Status counted = count(outcome, counts); !counted) {
      co_return problem_response(counted.error());
    }
  }
  Response response;
  JsonWriter json(response.body);
  json.open_object();
  json.member("received", counts.received);
  json.member("applied", counts.applied);
  json.member("ignored", counts.ignored);
  json.member("unknown", counts.unknown);
  json.close_object();
  co_return response;
}

}  // namespace

void add_carrier_routes(std::vector<Route>& routes, ApiContext& context) {
  constexpr std::string_view kPath = "/v1/carriers/{carrier}/webhook";
  const auto owner = std::make_shared<CarrierRoutes>(context);
  const auto add = [&](Method method, BodyKind body, auto handle) {
    routes.push_back(route_to(method, kPath, Access::kPublic, body, owner, handle));
  };
  add(Method::kGet, BodyKind::kNone, &CarrierRoutes::probe);
  add(Method::kPost, BodyKind::kCarrier, &CarrierRoutes::receive);
}

}  // namespace returnflows
