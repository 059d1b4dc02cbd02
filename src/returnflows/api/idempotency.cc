#include "returnflows/api/idempotency.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <openssl/sha.h>

#include "returnflows/api/problem.h"
#include "returnflows/base/encoding.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    return value.substr(1, value.size() - 2);
  }
  return value;
}

// What the sealed response is bound to: it cannot be answered to another request.
std::string binding(const Fingerprint& key) {
  return "idempotency:" + encode_hex(key);
}

// "201 application/json\n" and the body.
std::string pack(const Response& response) {
  return std::to_string(response.status) + " " + std::string{response.content_type} + "\n" +
         response.body;
}

Response unpack(std::string_view packed) {
  Response response;
  const std::size_t line_end = packed.find('\n');
  std::from_chars(
      packed.data(), packed.data() + std::min<std::size_t>(3, packed.size()), response.status);
  response.body = packed.substr(line_end == std::string_view::npos ? packed.size() : line_end + 1);
  return response;
}

}  // namespace

Fingerprint fingerprint(std::string_view bytes) {
  std::array<std::uint8_t, 32> hash{};
  SHA256(as_bytes(bytes).data(), bytes.size(), hash.data());
  Fingerprint first{};
  std::copy_n(hash.begin(), first.size(), first.begin());
  return first;
}

Result<std::optional<IdempotencyClaim>> idempotency_claim(const Call& call) {
  const std::string_view header = call.request.header("idempotency-key");
  if (header.empty()) return std::nullopt;
  const std::string_view key = unquoted(header);
  if (key.empty() || key.size() > limits::kIdempotencyKeyBytesMax) {
    return fail(ErrorCode::kInvalidInput,
                "the header Idempotency-Key must have 1 to " +
                    std::to_string(limits::kIdempotencyKeyBytesMax) + " characters");
  }
  const auto merchant = call.caller.merchant ? call.caller.merchant->id.value : 0;
  const std::string scope = std::to_string(merchant) + " " + std::string{call.request.path} + " ";
  IdempotencyClaim claim;
  claim.key = fingerprint(scope + std::string{key});
  claim.content = fingerprint(call.request.body);
  return claim;
}

void remember_response(std::optional<IdempotencyClaim>& claim,
                       const Call& call,
                       const Response& response) {
  if (!claim) return;
  claim->response = call.services.secrets.seal(Secret{pack(response)}, binding(claim->key)).bytes;
}

Response created_response(const Call& call,
                          const std::optional<Fingerprint>& claimed_key,
                          const Result<Created>& outcome,
                          Response fresh) {
  if (!outcome) return problem(outcome.error());
  if (!outcome->replayed_response || !claimed_key) return fresh;
  const auto packed =
      call.services.secrets.open(SealedSecret{*outcome->replayed_response}, binding(*claimed_key));
  if (!packed) return problem(packed.error());
  return unpack(packed->reveal());
}

}  // namespace returnflows
