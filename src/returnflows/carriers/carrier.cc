#include "returnflows/carriers/carrier.h"

#include <algorithm>
#include <string>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/carriers/carrier_rules.h"

namespace returnflows::carriers {
namespace {

const CarrierRules& rules_of(Carrier carrier) {
  switch (carrier) {
    case Carrier::kEasyPost:
      return kEasyPostRules;
    case Carrier::kShippo:
      return kShippoRules;
    case Carrier::kAfterShip:
      return kAfterShipRules;
    case Carrier::kShip24:
      return kShip24Rules;
    case Carrier::kSeventeenTrack:
      return kSeventeenTrackRules;
    case Carrier::kGeneric:
      return kGenericRules;
  }
  std::unreachable();
}

bool is_space_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  constexpr unsigned char kDelete = 0x7F;
  return byte <= ' ' || byte == kDelete;
}

}  // namespace

std::string_view carrier_name(Carrier carrier) {
  return rules_of(carrier).name;
}

std::optional<Carrier> find_carrier(std::string_view name) {
  const auto found = std::ranges::find(kCarriers, name, carrier_name);
  return found == kCarriers.end() ? std::nullopt : std::optional{*found};
}

std::string_view signature_header(Carrier carrier) {
  return rules_of(carrier).signature_header;
}

Status check_carrier_secret(Carrier carrier, std::string_view secret) {
  if (secret.size() < limits::kSecretBytesMin || secret.size() > limits::kSecretBytesMax) {
    return fail(ErrorCode::kInvalidInput,
                "A carrier's secret has between " + std::to_string(limits::kSecretBytesMin) +
                    " and " + std::to_string(limits::kSecretBytesMax) + " bytes.");
  }
  if (std::ranges::any_of(secret, is_space_or_control)) {
    return fail(ErrorCode::kInvalidInput,
                "A carrier's secret has no white space; was something copied along with it?");
  }
  return rules_of(carrier).check_secret(secret);
}

Status verify(Carrier carrier, const Secret& secret, const WebhookRequest& request) {
  const CarrierRules& rules = rules_of(carrier);
  if (secret.empty()) {
    return std::unexpected<Error>(
        Error{.code = ErrorCode::kUnauthorized,
              .detail = "No secret is set for " + std::string{rules.name} +
                        ", so nothing is accepted from it; set one in the settings.",
              .reason = "carrier_not_set_up"});
  }
  return rules.verify(secret.reveal(), request);
}

Result<std::vector<ReportedScan>> parse(Carrier carrier, std::string_view body) {
  RF_TRY(const PayloadDocument document, PayloadDocument::load(body));
  return rules_of(carrier).read(document.root());
}

}  // namespace returnflows::carriers
