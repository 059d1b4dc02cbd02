#include "returnflows/api/idempotency.h"

#include <algorithm>

#include "returnflows/api/sha256.h"
#include "returnflows/base/encoding.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

std::string binding_of(const IdempotencyClaim& claim) {
  return "idempotency:" + encode_hex(claim.key);
}

}  // namespace

Fingerprint fingerprint(std::initializer_list<std::string_view> parts) {
  const Sha256 digest = sha256(parts);
  Fingerprint half{};
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

Result<std::optional<IdempotencyClaim>> read_idempotency_claim(const Request& request) {
  std::string_view key = request.header(RequestHeader::kIdempotencyKey);
  if (key.data() == nullptr || key.empty()) return std::nullopt;
  if (key.size() >= 2 && key.starts_with('"') && key.ends_with('"')) {
    key = key.substr(1, key.size() - 2);
  }
  const bool printable = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7F; });
  if (key.empty() || key.size() > limits::kIdempotencyKeyBytesMax || !printable) {
    return fail(ErrorCode::kInvalidInput,
                "The Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.");
  }
  // No part but the last can contain the line break that stands between them.
  const std::string merchant =
      request.caller.merchant == nullptr ? "" : std::to_string(request.caller.merchant->id.value);
  return IdempotencyClaim{.key = fingerprint({merchant, "\n", request.path, "\n", key}),
                          .content = fingerprint({request.body}),
                          .response = {}};
}

void seal_response(const SecretBox& box,
                   std::string_view response_body,
                   std::optional<IdempotencyClaim>& claim) {
  if (!claim) return;
  claim->response = box.seal(Secret(std::string{response_body}), binding_of(*claim)).bytes;
}

Result<std::string> open_response(const SecretBox& box,
                                  const IdempotencyClaim& claim,
                                  const std::string& remembered) {
  RF_TRY(const Secret opened, box.open(SealedSecret{.bytes = remembered}, binding_of(claim)));
  return std::string{opened.reveal()};
}

}  // namespace returnflows
