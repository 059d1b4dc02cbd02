#pragma once

#include <optional>
#include <string>

#include "returnflows/api/request.h"
#include "returnflows/base/result.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/store/transition.h"

namespace returnflows {

// The claim of a request that carries an Idempotency-Key, its response still empty; nullopt without
// one. The key may stand in quotes or not; it counts per merchant and path.
//
// Errors: kInvalidInput when the key is empty, longer than limits::kIdempotencyKeyBytesMax or not
// printable ASCII. Source: draft-ietf-httpapi-idempotency-key-header-08.
Result<std::optional<IdempotencyClaim>> read_idempotency_claim(const Request& request);

// Puts `response_body` into the claim, sealed: it may show a secret.
void seal_response(const SecretBox& box,
                   std::string_view response_body,
                   std::optional<IdempotencyClaim>& claim);

// What seal_response() was given, from what the store remembered for the same claim.
Result<std::string> open_response(const SecretBox& box,
                                  const IdempotencyClaim& claim,
                                  const std::string& remembered);

// The first half of a SHA-256 of the parts.
Fingerprint fingerprint(std::initializer_list<std::string_view> parts);

}  // namespace returnflows
