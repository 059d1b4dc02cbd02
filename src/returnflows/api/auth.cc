#include "returnflows/api/auth.h"

#include <algorithm>
#include <string>

#include "returnflows/api/api_keys.h"

namespace returnflows {
namespace {

constexpr std::string_view kDefaultMerchant = "default";

Result<std::shared_ptr<const ApiKey>> find_key(const Request& request, const AccessBook& book) {
  const std::string_view header = request.header("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (header.empty()) {
    return fail(ErrorCode::kUnauthorized, "send an API key: Authorization: Bearer rf_…");
  }
  const bool is_bearer =
      header.size() > kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char wanted, char got) {
        return wanted == (got >= 'A' && got <= 'Z' ? got - 'A' + 'a' : got);
      });
  if (!is_bearer) {
    return fail(ErrorCode::kUnauthorized, "the Authorization header must read: Bearer rf_…");
  }
  auto key = book.find_key(hash_api_key(header.substr(kScheme.size())));
  if (!key) {
    return fail(ErrorCode::kUnauthorized, "this API key is not known here, or has been revoked");
  }
  return key;
}

Result<std::shared_ptr<const Merchant>> merchant_of_platform_call(const Request& request,
                                                                  const Store& store) {
  const std::string_view named = request.header("returnflows-merchant");
  const AccessBook& book = store.access();
  if (named.empty()) {
    auto only = book.find_merchant_by_slug(kDefaultMerchant);
    if (only && book.merchants().size() == 1) return only;
    return fail(ErrorCode::kInvalidInput,
                "there is more than one merchant: name one in the header Returnflows-Merchant, by "
                "its id (mer_…) or its slug");
  }
  std::shared_ptr<const Merchant> merchant;
  if (const auto id = store.ids().decode(IdPrefix::kMerchant, named)) {
    merchant = book.find_merchant(MerchantId{id->row});
    if (merchant && merchant->created_at != id->created_at) merchant = nullptr;
  } else {
    merchant = book.find_merchant_by_slug(named);
  }
  if (!merchant) {
    return fail(ErrorCode::kNotFound,
                "there is no merchant '" + std::string{named.substr(0, 64)} + "'");
  }
  return merchant;
}

}  // namespace

Result<Caller> authenticate(const Request& request, const Store& store, Access access) {
  Caller caller;
  if (access == Access::kOpen) return caller;
  RF_TRY(caller.key, find_key(request, store.access()));
  if (access == Access::kPlatform && !caller.is_platform()) {
    return fail(ErrorCode::kForbidden, "this needs a platform key; yours belongs to one merchant");
  }
  if (!caller.is_platform()) {
    caller.merchant = store.access().find_merchant(caller.key->merchant);
    if (!caller.merchant) return fail(ErrorCode::kForbidden, "the merchant of this key is gone");
    return caller;
  }
  if (access == Access::kMerchant) {
    RF_TRY(caller.merchant, merchant_of_platform_call(request, store));
  }
  return caller;
}

}  // namespace returnflows
