#include <filesystem>
#include <stdexcept>
#include <string>

#include "returnflows/store/contract/returns_contract.h"
#include "returnflows/store/contract/store_contract.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/sqlite_store.h"
#include "tests/support/temporary_folder.h"

namespace returnflows::contract {
namespace {

class SqliteDatabase final : public ContractDatabase {
 public:
  Result<std::unique_ptr<Store>> open(const Clock& clock, Random& random) override {
    return open_sqlite_store({.file = file(), .clock = clock, .random = random});
  }

  void damage_body(EventId event) override {
    auto connection = sqlite::Connection::open(
        {.file = file(), .vfs = {}, .role = sqlite::ConnectionRole::kWriter});
    if (!connection) throw std::runtime_error(connection.error().detail);
    const Status damaged =
        (*connection)
            ->execute("UPDATE events SET body=CAST(replace(body,'envi','ENVI') AS BLOB) WHERE id=" +
                      std::to_string(event.value));
    if (!damaged) throw std::runtime_error(damaged.error().detail);
  }

 private:
  std::filesystem::path file() const { return folder_.path() / "contract.db"; }

  TemporaryFolder folder_;
};

std::unique_ptr<ContractDatabase> create_sqlite_database() {
  return std::make_unique<SqliteDatabase>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite,
                         StoreContract,
                         testing::Values(StoreUnderContract{.name = "sqlite",
                                                            .create = &create_sqlite_database}),
                         name_of_store);

INSTANTIATE_TEST_SUITE_P(Sqlite,
                         ReturnsContract,
                         testing::Values(StoreUnderContract{.name = "sqlite",
                                                            .create = &create_sqlite_database}),
                         name_of_store);

}  // namespace
}  // namespace returnflows::contract
