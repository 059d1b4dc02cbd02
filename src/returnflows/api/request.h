#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "returnflows/store/records.h"

namespace returnflows {

class Shard;
class EventParser;

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOther };

// The headers that anybody here looks at; all others are read over.
enum class RequestHeader : std::uint8_t {
  kAfterShipSignature,  // aftership-hmac-sha256
  kAuthorization,
  kContentType,
  kEasyPostSignature,  // X-Hmac-Signature
  kExpect,
  kGenericSignature,  // X-Returnflows-Signature
  kHost,
  kIdempotencyKey,
  kIfMatch,
  kLastEventId,
  kMerchant,  // Returnflows-Merchant
  kRequestId,
  kSeventeenTrackSignature,  // sign
  kShippoSignature,          // Shippo-Auth-Signature
  kTransferEncoding,
};
inline constexpr std::size_t kRequestHeaderCount = 15;

// Who calls, once authenticated.
struct Caller {
  std::shared_ptr<const ApiKey> key;
  // Whom the call is about; null on routes that do not belong to one merchant.
  std::shared_ptr<const Merchant> merchant;

  bool is_platform() const { return key != nullptr && !key->merchant.is_set(); }
};

// One request as a handler sees it. The views lie in the connection's buffer and live until the
// request has been answered.
struct Request {
  Method method = Method::kGet;
  std::string_view path;   // Up to the question mark.
  std::string_view query;  // Behind it.
  std::array<std::string_view, kRequestHeaderCount> headers;
  std::string_view body;
  std::string parameter;  // What stands in the place of `{…}` of the route's pattern, decoded.
  Caller caller;
  Shard* shard = nullptr;         // The one that the connection lives on.
  EventParser* parser = nullptr;  // The shard's; not to be kept across a co_await.

  // The header's value; empty when it is absent.
  std::string_view header(RequestHeader name) const {
    return headers[static_cast<std::size_t>(name)];
  }
};

}  // namespace returnflows
