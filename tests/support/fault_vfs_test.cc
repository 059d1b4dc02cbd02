#include "tests/support/fault_vfs.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

namespace returnflows {
namespace {

class Database {
 public:
  explicit Database(const std::filesystem::path& file) {
    EXPECT_EQ(
        sqlite3_open_v2(
            file.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, kFaultVfsName),
        SQLITE_OK);
  }

  ~Database() { sqlite3_close(handle_); }

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  int run(const std::string& sql) {
    return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  }

  int count() {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle_, "SELECT count(*) FROM t", -1, &statement, nullptr);
    const int rows = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
    sqlite3_finalize(statement);
    return rows;
  }

 private:
  sqlite3* handle_ = nullptr;
};

class FaultVfs : public testing::Test {
 protected:
  FaultVfs() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rf-vfs-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    register_fault_vfs({});
  }

  ~FaultVfs() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "t.db"; }

  void create(const char* synchronous) {
    Database database(file());
    ASSERT_EQ(database.run("PRAGMA journal_mode=WAL; CREATE TABLE t(x)"), SQLITE_OK);
    ASSERT_EQ(database.run(std::string("PRAGMA synchronous=") + synchronous), SQLITE_OK);
  }

  std::filesystem::path folder_;
};

TEST_F(FaultVfs, KeepsWhatWasSyncedThroughAPowerCut) {
  create("FULL");
  {
    Database database(file());
    ASSERT_EQ(database.run("PRAGMA synchronous=FULL; INSERT INTO t VALUES (1)"), SQLITE_OK);
    cut_power();
  }
  EXPECT_EQ(Database(file()).count(), 1);
}

TEST_F(FaultVfs, LosesWhatWasNotSynced) {
  create("FULL");
  {
    Database database(file());
    ASSERT_EQ(database.run("PRAGMA synchronous=OFF; INSERT INTO t VALUES (1)"), SQLITE_OK);
    EXPECT_EQ(Database(file()).count(), 1) << "other connections see it before the cut";
    cut_power();
  }
  EXPECT_EQ(Database(file()).count(), 0);
}

TEST_F(FaultVfs, FailsTheSyncThatThePlanNames) {
  create("FULL");
  {
    Database database(file());
    ASSERT_EQ(database.run("PRAGMA synchronous=FULL; INSERT INTO t VALUES (1)"), SQLITE_OK);
    register_fault_vfs({.fail_sync_at = 1});
    EXPECT_NE(database.run("INSERT INTO t VALUES (2)"), SQLITE_OK);
    cut_power();
  }
  register_fault_vfs({});
  EXPECT_EQ(Database(file()).count(), 1);
}

TEST_F(FaultVfs, FailsTheWriteThatThePlanNames) {
  create("FULL");
  Database database(file());
  register_fault_vfs({.fail_write_at = 1});
  EXPECT_EQ(database.run("INSERT INTO t VALUES (1)"), SQLITE_FULL);
}

}  // namespace
}  // namespace returnflows
