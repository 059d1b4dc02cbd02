#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "returnflows/base/guarded.h"
#include "returnflows/store/store.h"

namespace returnflows::sqlite {

// Merchants with their settings, endpoints and API keys as they are at one moment: all of them, in
// memory.
struct CatalogSnapshot {
  std::unordered_map<EndpointId, std::shared_ptr<const Endpoint>> endpoints;  // Not deleted.
  // The same by merchant, by ascending id.
  std::unordered_map<MerchantId, std::vector<std::shared_ptr<const Endpoint>>> by_merchant;
  std::map<MerchantId, std::shared_ptr<const Merchant>> merchants;
  std::map<std::string, std::shared_ptr<const Merchant>, std::less<>> by_slug;
  std::map<MerchantId, std::shared_ptr<const MerchantSettings>> settings;  // Of those that set any.
  std::map<ApiKeyId, std::shared_ptr<const ApiKey>> keys;                  // Revoked ones too.
  // Not revoked, by the first eight bytes of their SHA-256.
  std::unordered_multimap<std::uint64_t, std::shared_ptr<const ApiKey>> by_digest;

  void put(std::shared_ptr<const Endpoint> endpoint);
  void erase(EndpointId endpoint);
  void put(std::shared_ptr<const Merchant> merchant);
  void put(std::shared_ptr<const ApiKey> key);
  void put(std::shared_ptr<const MerchantSettings> changed);

  // Null when there is none.
  std::shared_ptr<const Endpoint> find(EndpointId id) const;
  std::shared_ptr<const Merchant> find(MerchantId id) const;
  std::shared_ptr<const ApiKey> find(ApiKeyId id) const;

  // The defaults for a merchant that never changed any.
  std::shared_ptr<const MerchantSettings> settings_of(MerchantId merchant) const;

  // True when `key` is a platform key that is not revoked, and no other is.
  bool is_last_platform_key(const ApiKey& key) const;
};

// What readers see of the catalogue: the snapshot of the last commit. Thread: any, but publish().
class PublishedCatalog final : public EndpointCatalog, public AccessBook, public SettingsBook {
 public:
  // Thread: the journal's, or the opener's.
  void publish(std::shared_ptr<const CatalogSnapshot> snapshot);

  std::shared_ptr<const Endpoint> find(EndpointId id) const override;
  std::vector<std::shared_ptr<const Endpoint>> of_merchant(MerchantId merchant) const override;
  std::vector<std::shared_ptr<const Endpoint>> all() const override;

  std::shared_ptr<const ApiKey> find_key(
      const std::array<std::uint8_t, 32>& key_sha256) const override;
  std::vector<std::shared_ptr<const ApiKey>> keys() const override;
  std::shared_ptr<const Merchant> find_merchant(MerchantId id) const override;
  std::shared_ptr<const Merchant> find_merchant_by_slug(std::string_view slug) const override;
  std::vector<std::shared_ptr<const Merchant>> merchants() const override;

  std::shared_ptr<const MerchantSettings> settings_of(MerchantId merchant) const override;

 private:
  std::shared_ptr<const CatalogSnapshot> current() const;

  Guarded<std::shared_ptr<const CatalogSnapshot>> snapshot_{
      std::make_shared<const CatalogSnapshot>()};
};

}  // namespace returnflows::sqlite
