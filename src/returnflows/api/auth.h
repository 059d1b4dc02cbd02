#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "returnflows/api/request.h"
#include "returnflows/api/router.h"
#include "returnflows/api/sha256.h"
#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/store/store.h"

namespace returnflows {

// The header by which a platform key says which merchant it means.
inline constexpr std::string_view kMerchantHeader = "Returnflows-Merchant";

// Decides who calls. A key is `Authorization: Bearer rf_…`; only its SHA-256 is known here.
// Thread: any.
class Authenticator {
 public:
  Authenticator(const AccessBook& access, const IdCodec& ids) : access_(access), ids_(ids) {}

  // What the last request of a connection proved, so that the next one need not be hashed again.
  // Whether the key is still valid is asked each time. Thread: one at a time.
  struct Remembered {
    Secret authorization;  // The header's bytes.
    std::string merchant;  // Those of Returnflows-Merchant.
    Sha256 key_sha256{};
    std::uint64_t generation = 0;
    std::shared_ptr<const Merchant> resolved;
  };

  // Errors: kUnauthorized without a valid key; kForbidden when the key is not for this;
  // kInvalidInput (reason "merchant_required") when a platform key has to name a merchant.
  // Returns an empty Caller for Access::kPublic.
  Result<Caller> authenticate(const Request& request, Access access, Remembered& remembered) const;

  // To be called when a merchant was added: a platform key without a header may now be ambiguous.
  void forget_merchants() { ++generation_; }

  // False when the key has been revoked meanwhile. For what goes on for longer than a request.
  bool still_valid(const Sha256& key_sha256) const {
    return access_.find_key(key_sha256) != nullptr;
  }

  // The merchant that a call with `key` is about; `header` is that of Returnflows-Merchant.
  // Errors: as above.
  Result<std::shared_ptr<const Merchant>> resolve_merchant(const ApiKey& key,
                                                           std::string_view header) const;

  // A merchant by its id or slug; null when there is none.
  std::shared_ptr<const Merchant> find_merchant(std::string_view id_or_slug) const;

 private:
  Result<std::shared_ptr<const ApiKey>> find_key(const Request& request,
                                                 Remembered& remembered) const;

  const AccessBook& access_;
  const IdCodec& ids_;
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace returnflows
