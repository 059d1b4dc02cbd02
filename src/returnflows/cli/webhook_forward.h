#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/cli/http_exchange.h"

namespace returnflows {

// What one webhook request says besides its body.
struct WebhookFacts {
  std::string_view event_id = {};
  std::string_view event_type = {};
  std::string_view delivery_id = {};
  std::int64_t timestamp = 0;  // Unix seconds.
  std::string_view body = {};
};

// The headers that the server sends with a webhook, signed with `secret` both ways, in the order of
// docs/receiving. Errors: kInvalidInput when the secret is none.
Result<std::vector<HttpHeader>> webhook_headers(const Secret& secret, const WebhookFacts& facts);

// The two signature headers alone, by name as `sign` prints them.
Result<std::vector<HttpHeader>> signature_headers(const Secret& secret, const WebhookFacts& facts);

}  // namespace returnflows
