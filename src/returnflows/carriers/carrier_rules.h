#pragma once

#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/carriers/carrier.h"
#include "returnflows/carriers/payload_json.h"

namespace returnflows::carriers {

// What one carrier does in its own way. Each stands in the file of its name.
struct CarrierRules {
  std::string_view name;
  std::string_view signature_header;  // In small letters.
  // For a secret that is long enough and has no white space and no control characters.
  Status (*check_secret)(std::string_view secret);
  // For a secret that is not empty.
  Status (*verify)(std::string_view secret, const WebhookRequest& request);
  Result<std::vector<ReportedScan>> (*read)(Json payload);
};

extern const CarrierRules kEasyPostRules;
extern const CarrierRules kShippoRules;
extern const CarrierRules kAfterShipRules;
extern const CarrierRules kShip24Rules;
extern const CarrierRules kSeventeenTrackRules;
extern const CarrierRules kGenericRules;

// For carriers whose secret may be any text.
inline Status any_secret(std::string_view) {
  return {};
}

}  // namespace returnflows::carriers
