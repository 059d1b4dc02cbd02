#include "returnflows/api/auth.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "returnflows/api/problem.h"

namespace returnflows {
namespace {

constexpr std::string_view kScheme = "bearer";
constexpr std::string_view kDefaultMerchant = "default";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The key of "Bearer <key>"; empty for anything else.
std::string_view bearer_key(std::string_view header) {
  if (header.size() <= kScheme.size() || header[kScheme.size()] != ' ') return {};
  const bool is_bearer = std::ranges::equal(
      header.substr(0, kScheme.size()), kScheme, [](char a, char b) { return lower(a) == b; });
  if (!is_bearer) return {};
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) {
    header.remove_prefix(1);
  }
  return header;
}

}  // namespace

Result<std::shared_ptr<const ApiKey>> Authenticator::find_key(const Request& request,
                                                              Remembered& remembered) const {
  const std::string_view header = request.header(RequestHeader::kAuthorization);
  if (header.empty()) {
    return fail(ErrorCode::kUnauthorized,
                "This call needs an API key; send it as 'Authorization: Bearer rf_…'.");
  }
  if (!equal_in_constant_time(header, remembered.authorization.reveal())) {
    const std::string_view key = bearer_key(header);
    if (key.empty()) {
      return fail(ErrorCode::kUnauthorized,
                  "The Authorization header must read 'Bearer rf_…' with an API key.");
    }
    remembered = {};
    remembered.key_sha256 = sha256({key});
    remembered.authorization = Secret(std::string{header});
  }
  auto key = access_.find_key(remembered.key_sha256);
  if (key == nullptr) {
    remembered = {};
    return fail(ErrorCode::kUnauthorized, "This API key is not known or has been revoked.");
  }
  return key;
}

std::shared_ptr<const Merchant> Authenticator::find_merchant(std::string_view id_or_slug) const {
  if (const auto id = ids_.decode(IdPrefix::kMerchant, id_or_slug)) {
    auto merchant = access_.find_merchant(MerchantId{id->row});
    if (merchant != nullptr && merchant->created_at == id->created_at) return merchant;
    return nullptr;
  }
  return access_.find_merchant_by_slug(id_or_slug);
}

Result<std::shared_ptr<const Merchant>> Authenticator::resolve_merchant(
    const ApiKey& key, std::string_view header) const {
  if (!header.empty()) {
    auto named = find_merchant(header);
    if (key.merchant.is_set() && (named == nullptr || named->id != key.merchant)) {
      return fail(ErrorCode::kForbidden,
                  "This API key belongs to another merchant than the one that the header "
                  "Returnflows-Merchant names; leave the header out.");
    }
    if (named == nullptr) {
      return fail(ErrorCode::kNotFound,
                  "There is no merchant with the id or slug that the header Returnflows-Merchant "
                  "names; GET /v1/merchants lists them.");
    }
    return named;
  }
  if (key.merchant.is_set()) {
    auto own = access_.find_merchant(key.merchant);
    if (own != nullptr) return own;
    return fail(ErrorCode::kInternal, "an API key belongs to a merchant that does not exist");
  }
  const auto merchants = access_.merchants();
  if (merchants.size() == 1 && merchants.front()->slug == kDefaultMerchant) {
    return merchants.front();
  }
  return std::unexpected(
      Error{.code = ErrorCode::kInvalidInput,
            .detail = "A platform key has to say which merchant it means; send the header "
                      "'Returnflows-Merchant: mer_…' with the merchant's id or slug.",
            .reason = std::string{reason::kMerchantRequired}});
}

Result<Caller> Authenticator::authenticate(const Request& request,
                                           Access access,
                                           Remembered& remembered) const {
  Caller caller;
  if (access == Access::kPublic) return caller;
  RF_TRY(caller.key, find_key(request, remembered));
  const std::string_view header = request.header(RequestHeader::kMerchant);
  switch (access) {
    case Access::kPublic:
      return caller;
    case Access::kPlatform:
      if (caller.is_platform()) return caller;
      return fail(ErrorCode::kForbidden, "This call needs a platform key.");
    case Access::kAnyKey:
      // A platform key speaks for the platform unless it names a merchant.
      if (caller.is_platform() && header.empty()) return caller;
      break;
    case Access::kMerchant:
      break;
  }
  const std::uint64_t generation = generation_.load();
  if (remembered.resolved == nullptr || remembered.generation != generation ||
      remembered.merchant != header) {
    RF_TRY(remembered.resolved, resolve_merchant(*caller.key, header));
    remembered.merchant = header;
    remembered.generation = generation;
  }
  caller.merchant = remembered.resolved;
  return caller;
}

}  // namespace returnflows
