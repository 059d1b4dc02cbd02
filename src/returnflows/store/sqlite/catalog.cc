#include "returnflows/store/sqlite/catalog.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace returnflows::sqlite {
namespace {

using Digest = std::array<std::uint8_t, 32>;

std::uint64_t digest_prefix(const Digest& digest) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, digest.data(), sizeof prefix);
  return prefix;
}

bool equal_in_constant_time(const Digest& one, const Digest& other) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    difference |= static_cast<unsigned>(one[i] ^ other[i]);
  }
  return difference == 0;
}

template <class Map>
auto find_in(const Map& map, const typename Map::key_type& key) -> typename Map::mapped_type {
  const auto at = map.find(key);
  return at == map.end() ? nullptr : at->second;
}

template <class Map>
auto values_of(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map) {
    values.push_back(value);
  }
  return values;
}

}  // namespace

void CatalogSnapshot::put(std::shared_ptr<const Endpoint> endpoint) {
  auto& list = by_merchant[endpoint->merchant];
  const auto at =
      std::ranges::lower_bound(list, endpoint->id, {}, [](const auto& e) { return e->id; });
  if (at != list.end() && (*at)->id == endpoint->id) {
    *at = endpoint;
  } else {
    list.insert(at, endpoint);
  }
  const EndpointId id = endpoint->id;
  endpoints[id] = std::move(endpoint);
}

void CatalogSnapshot::erase(EndpointId endpoint) {
  const auto at = endpoints.find(endpoint);
  if (at == endpoints.end()) return;
  std::erase(by_merchant[at->second->merchant], at->second);
  endpoints.erase(at);
}

void CatalogSnapshot::put(std::shared_ptr<const MerchantSettings> changed) {
  const MerchantId merchant = changed->merchant;
  settings[merchant] = std::move(changed);
}

std::shared_ptr<const MerchantSettings> CatalogSnapshot::settings_of(MerchantId merchant) const {
  if (auto known = find_in(settings, merchant)) return known;
  return std::make_shared<const MerchantSettings>(MerchantSettings{.merchant = merchant});
}

void CatalogSnapshot::put(std::shared_ptr<const Merchant> merchant) {
  by_slug[merchant->slug] = merchant;
  const MerchantId id = merchant->id;
  merchants[id] = std::move(merchant);
}

void CatalogSnapshot::put(std::shared_ptr<const ApiKey> key) {
  const std::uint64_t prefix = digest_prefix(key->key_sha256);
  std::erase_if(by_digest, [&key](const auto& entry) { return entry.second->id == key->id; });
  if (!key->revoked) by_digest.emplace(prefix, key);
  const ApiKeyId id = key->id;
  keys[id] = std::move(key);
}

bool CatalogSnapshot::is_last_platform_key(const ApiKey& key) const {
  const auto is_usable_platform_key = [](const ApiKey& one) {
    return !one.revoked && !one.merchant.is_set();
  };
  return is_usable_platform_key(key) && std::ranges::none_of(keys, [&](const auto& entry) {
           return entry.first != key.id && is_usable_platform_key(*entry.second);
         });
}

std::shared_ptr<const Endpoint> CatalogSnapshot::find(EndpointId id) const {
  return find_in(endpoints, id);
}

std::shared_ptr<const Merchant> CatalogSnapshot::find(MerchantId id) const {
  return find_in(merchants, id);
}

std::shared_ptr<const ApiKey> CatalogSnapshot::find(ApiKeyId id) const {
  return find_in(keys, id);
}

void PublishedCatalog::publish(std::shared_ptr<const CatalogSnapshot> snapshot) {
  snapshot_.with([&snapshot](auto& current) { current = std::move(snapshot); });
}

std::shared_ptr<const CatalogSnapshot> PublishedCatalog::current() const {
  return snapshot_.with([](const auto& current) { return current; });
}

std::shared_ptr<const Endpoint> PublishedCatalog::find(EndpointId id) const {
  return current()->find(id);
}

std::vector<std::shared_ptr<const Endpoint>> PublishedCatalog::of_merchant(
    MerchantId merchant) const {
  const auto snapshot = current();
  const auto at = snapshot->by_merchant.find(merchant);
  if (at == snapshot->by_merchant.end()) return {};
  return {at->second.rbegin(), at->second.rend()};
}

std::vector<std::shared_ptr<const Endpoint>> PublishedCatalog::all() const {
  auto endpoints = values_of(current()->endpoints);
  std::ranges::sort(endpoints, std::greater{}, [](const auto& e) { return e->id; });
  return endpoints;
}

std::shared_ptr<const ApiKey> PublishedCatalog::find_key(const Digest& key_sha256) const {
  const auto snapshot = current();
  const auto [first, last] = snapshot->by_digest.equal_range(digest_prefix(key_sha256));
  for (auto at = first; at != last; ++at) {
    if (equal_in_constant_time(at->second->key_sha256, key_sha256)) return at->second;
  }
  return nullptr;
}

std::vector<std::shared_ptr<const ApiKey>> PublishedCatalog::keys() const {
  return values_of(current()->keys);
}

std::shared_ptr<const Merchant> PublishedCatalog::find_merchant(MerchantId id) const {
  return current()->find(id);
}

std::shared_ptr<const Merchant> PublishedCatalog::find_merchant_by_slug(
    std::string_view slug) const {
  const auto snapshot = current();
  const auto at = snapshot->by_slug.find(slug);
  return at == snapshot->by_slug.end() ? nullptr : at->second;
}

std::vector<std::shared_ptr<const Merchant>> PublishedCatalog::merchants() const {
  return values_of(current()->merchants);
}

std::shared_ptr<const MerchantSettings> PublishedCatalog::settings_of(MerchantId merchant) const {
  return current()->settings_of(merchant);
}

}  // namespace returnflows::sqlite
