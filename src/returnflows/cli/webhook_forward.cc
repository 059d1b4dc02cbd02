#include "returnflows/cli/webhook_forward.h"

#include <string>
#include <utility>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/cli/http_exchange.h"
#include "returnflows/delivery/signing.h"

namespace returnflows {

Result<std::vector<HttpHeader>> signature_headers(const Secret& secret, const WebhookFacts& facts) {
  RF_TRY(const Signer signer, Signer::make(secret));
  std::string standard;
  signer.append_standard_signature(standard, facts.event_id, facts.timestamp, facts.body);
  std::string by_body;
  signer.append_body_signature(by_body, facts.body);
  std::vector<HttpHeader> headers;
  headers.push_back({.name = "webhook-id", .value = std::string{facts.event_id}});
  headers.push_back({.name = "webhook-timestamp", .value = std::to_string(facts.timestamp)});
  headers.push_back({.name = "webhook-signature", .value = std::move(standard)});
  headers.push_back({.name = "X-Returnflows-Signature", .value = std::move(by_body)});
  return headers;
}

Result<std::vector<HttpHeader>> webhook_headers(const Secret& secret, const WebhookFacts& facts) {
  RF_TRY(std::vector<HttpHeader> headers, signature_headers(secret, facts));
  headers.push_back({.name = "X-Returnflows-Event", .value = std::string{facts.event_type}});
  headers.push_back({.name = "X-Returnflows-Delivery", .value = std::string{facts.delivery_id}});
  headers.push_back({.name = "X-Returnflows-Attempt", .value = "1"});
  headers.push_back({.name = "content-type", .value = "application/json"});
  return headers;
}

}  // namespace returnflows
