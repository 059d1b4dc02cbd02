#pragma once

#include <cstdint>

#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/catalog.h"
#include "returnflows/store/sqlite/connection.h"

namespace returnflows::sqlite {

// The rows of merchants, endpoints and API keys. Thread: the journal's.
class CatalogTable {
 public:
  static Result<CatalogTable> open(Connection& connection);

  // Everything but deleted endpoints.
  static Result<CatalogSnapshot> load(Connection& connection);

  // The highest row number among the three tables, deleted endpoints included.
  static Result<std::int64_t> last_id(Connection& connection);

  // Inserts or replaces.
  Status write(const Endpoint& endpoint);
  Status write(const Merchant& merchant);
  Status write(const ApiKey& key);

  // Marks the row as deleted and wipes its secrets. The row itself stays, because deliveries in the
  // log go on naming it, and so that its number is never given again.
  Status erase(EndpointId endpoint, Timestamp now);

 private:
  CatalogTable() = default;

  Statement write_endpoint_;
  Statement erase_endpoint_;
  Statement write_merchant_;
  Statement write_key_;
};

}  // namespace returnflows::sqlite
