#include "returnflows/store/sqlite/catalog_table.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "returnflows/store/sqlite/schema.h"
#include "tests/support/temporary_folder.h"

namespace returnflows::sqlite {
namespace {

class CatalogTableTest : public testing::Test {
 protected:
  CatalogTableTest() {
    auto connection = Connection::open(
        {.file = folder_.path() / "store.db", .vfs = {}, .role = ConnectionRole::kWriter});
    if (!connection || !migrate_schema(**connection)) throw std::runtime_error("no database");
    connection_ = std::move(*connection);
    auto table = CatalogTable::open(*connection_);
    if (!table) throw std::runtime_error(table.error().detail);
    table_.emplace(std::move(*table));
  }

  void write_endpoint(std::int64_t id) {
    Endpoint endpoint;
    endpoint.id = EndpointId{id};
    endpoint.merchant = MerchantId{1};
    endpoint.secret.bytes = "sealed";
    endpoint.previous_secret.bytes = "sealed before";
    ASSERT_TRUE(table_->write(endpoint));
  }

  std::int64_t number(const char* sql) { return connection_->integer(sql).value_or(-1); }

  TemporaryFolder folder_;
  std::unique_ptr<Connection> connection_;
  std::optional<CatalogTable> table_;
};

TEST_F(CatalogTableTest, WipesTheSecretsOfADeletedEndpointAndKeepsItsRow) {
  write_endpoint(4);
  ASSERT_TRUE(table_->erase(EndpointId{4}, Timestamp{}));
  EXPECT_EQ(number("SELECT count(*) FROM endpoints WHERE id=4 AND deleted=1"), 1);
  EXPECT_EQ(number("SELECT length(secret)+length(previous_secret) FROM endpoints"), 0);
}

TEST_F(CatalogTableTest, CountsAllThreeKindsForTheLastId) {
  EXPECT_EQ(CatalogTable::last_id(*connection_).value(), 0);
  write_endpoint(4);
  ASSERT_TRUE(
      table_->write(Merchant{.id = MerchantId{6}, .name = "", .slug = "", .created_at = {}}));
  ApiKey key;
  key.id = ApiKeyId{5};
  ASSERT_TRUE(table_->write(key));
  EXPECT_EQ(CatalogTable::last_id(*connection_).value(), 6);
}

TEST_F(CatalogTableTest, ReportsDamagedRetryDelays) {
  write_endpoint(4);
  for (const char* damaged : {"5;30", "x", ",", "99999999999999999999"}) {
    ASSERT_TRUE(
        connection_->execute("UPDATE endpoints SET retry_delays='" + std::string(damaged) + "'"));
    const auto loaded = CatalogTable::load(*connection_);
    ASSERT_FALSE(loaded) << damaged;
    EXPECT_EQ(loaded.error().code, ErrorCode::kCorruption);
  }
}

TEST_F(CatalogTableTest, ReportsADamagedDigestOfAKey) {
  ApiKey key;
  key.id = ApiKeyId{5};
  ASSERT_TRUE(table_->write(key));
  ASSERT_TRUE(connection_->execute("UPDATE api_keys SET key_sha256=x'00'"));
  const auto loaded = CatalogTable::load(*connection_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace returnflows::sqlite
