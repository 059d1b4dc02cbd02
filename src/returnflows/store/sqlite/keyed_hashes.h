#pragma once

#include <cstdint>
#include <string_view>

#include "returnflows/base/checksum.h"
#include "returnflows/base/ids.h"

namespace returnflows::sqlite {

// The hashes that stand for texts in indexes: integers are what makes an SQLite index fast. Keyed
// with the store's secret, so that nobody can choose texts that collide. 63 bits and never 0.
//
// Two returns of one merchant that collide would share a sequence and wait for one another: still
// in order, each with gaps. With 100 million returns that happens once in 1,800 stores.
class KeyedHashes {
 public:
  explicit KeyedHashes(const HashKey& key) : key_(key) {}

  std::int64_t of_return(MerchantId merchant, std::string_view return_id) const;
  std::int64_t of_client_id(MerchantId merchant, std::string_view client_id) const;

 private:
  std::int64_t hash(char kind, MerchantId merchant, std::string_view text) const;

  HashKey key_;
};

}  // namespace returnflows::sqlite
