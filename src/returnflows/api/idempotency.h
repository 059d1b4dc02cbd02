#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "returnflows/api/call.h"
#include "returnflows/store/transition.h"

namespace returnflows {

// The first 16 bytes of a SHA-256.
Fingerprint fingerprint(std::string_view bytes);

// The claim of a request that carries Idempotency-Key (quoted as a structured field, or bare);
// nullopt without the header. Errors: kInvalidInput when the key is empty or too long.
// Source: draft-ietf-httpapi-idempotency-key-header.
Result<std::optional<IdempotencyClaim>> idempotency_claim(const Call& call);

// Puts `response` into the claim, sealed, for a request that creates something. No claim: nothing.
void remember_response(std::optional<IdempotencyClaim>& claim,
                       const Call& call,
                       const Response& response);

// The answer to a creating call: the remembered response of the first one, if there was one, or
// `fresh`. Errors as problem documents.
Response created_response(const Call& call,
                          const std::optional<Fingerprint>& claimed_key,
                          const Result<Created>& outcome,
                          Response fresh);

}  // namespace returnflows
