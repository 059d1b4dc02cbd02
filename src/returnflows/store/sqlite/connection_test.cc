#include "returnflows/store/sqlite/connection.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/support/temporary_folder.h"

namespace returnflows::sqlite {
namespace {

using testing::HasSubstr;

class ConnectionTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "store.db"; }

  std::unique_ptr<Connection> connect(ConnectionRole role) {
    auto connection =
        Connection::open({.file = file(), .vfs = {}, .role = role, .executed = &executed_});
    if (!connection) throw std::runtime_error(connection.error().detail);
    return std::move(*connection);
  }

  TemporaryFolder folder_;
  std::atomic<std::uint64_t> executed_{0};
};

TEST_F(ConnectionTest, WritesDurablyToAWriteAheadLog) {
  const auto writer = connect(ConnectionRole::kWriter);
  EXPECT_EQ(writer->integer("PRAGMA synchronous"), 2) << "FULL";
  EXPECT_EQ(writer->integer("PRAGMA page_size"), 8192);
  EXPECT_EQ(writer->integer("PRAGMA wal_autocheckpoint"), 0);
  EXPECT_EQ(writer->integer("SELECT journal_mode='wal' FROM pragma_journal_mode"), 1);
}

TEST_F(ConnectionTest, GivesBackWhatWasBound) {
  const auto writer = connect(ConnectionRole::kWriter);
  auto statement = writer->prepare("SELECT ?1, ?2, ?3, ?4, ?5");
  ASSERT_TRUE(statement);
  const std::string blob("\0\xff", 2);
  auto run = statement->start(std::int64_t{-5},
                              Text{"ä"},
                              Blob{blob},
                              Timestamp{std::chrono::milliseconds{77}},
                              std::optional<std::int64_t>{});
  ASSERT_EQ(run.next(), true);
  EXPECT_EQ(run.integer(0), -5);
  EXPECT_EQ(run.text(1), "ä");
  EXPECT_EQ(run.blob(2), blob);
  EXPECT_EQ(run.time(3), Timestamp{std::chrono::milliseconds{77}});
  EXPECT_TRUE(run.is_null(4));
  EXPECT_EQ(run.next(), false);
}

TEST_F(ConnectionTest, StoresAnEmptyTextAndNotNull) {
  const auto writer = connect(ConnectionRole::kWriter);
  auto statement = writer->prepare("SELECT ?1 IS NULL, ?2 IS NULL");
  ASSERT_TRUE(statement);
  auto run = statement->start(Text{{}}, Blob{{}});
  ASSERT_EQ(run.next(), true);
  EXPECT_EQ(run.integer(0), 0);
  EXPECT_EQ(run.integer(1), 0);
}

TEST_F(ConnectionTest, ForgetsWhatWasBoundForTheNextRun) {
  const auto writer = connect(ConnectionRole::kWriter);
  auto statement = writer->prepare("SELECT ?1 IS NULL");
  ASSERT_TRUE(statement);
  ASSERT_TRUE(statement->execute(5));
  auto run = statement->start();
  ASSERT_EQ(run.next(), true);
  EXPECT_EQ(run.integer(0), 1);
}

TEST_F(ConnectionTest, CountsExecutionsAndNotRows) {
  const auto writer = connect(ConnectionRole::kWriter);
  auto statement = writer->prepare("SELECT 1 UNION ALL SELECT 2");
  ASSERT_TRUE(statement);
  const std::uint64_t before = executed_;
  ASSERT_TRUE(statement->execute());
  EXPECT_EQ(executed_, before + 1);
}

TEST_F(ConnectionTest, CannotWriteAsAReaderOrAnInspector) {
  ASSERT_TRUE(connect(ConnectionRole::kWriter)->execute("CREATE TABLE t(x)"));
  for (const ConnectionRole role : {ConnectionRole::kReader, ConnectionRole::kInspector}) {
    const Status written = connect(role)->execute("INSERT INTO t VALUES(1)");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
  }
}

TEST_F(ConnectionTest, DoesNotMakeTheFileUnlessItIsTheWriter) {
  for (const ConnectionRole role : {ConnectionRole::kReader, ConnectionRole::kInspector}) {
    const auto connection = Connection::open({.file = file(), .vfs = {}, .role = role});
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(connection.error().detail, HasSubstr(file().string()));
  }
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(ConnectionTest, CountsThePagesOfTheLogUntilTheyAreCopied) {
  const auto writer = connect(ConnectionRole::kWriter);
  ASSERT_TRUE(writer->execute("CREATE TABLE t(x); INSERT INTO t VALUES(1)"));
  EXPECT_GT(writer->log_pages(), 0);
  ASSERT_TRUE(writer->checkpoint(Connection::Checkpoint::kTruncate));
  EXPECT_EQ(std::filesystem::file_size(file().string() + "-wal"), 0U);
}

TEST_F(ConnectionTest, TakesACheckpointThatAReaderHoldsUpForDone) {
  const auto writer = connect(ConnectionRole::kWriter);
  ASSERT_TRUE(writer->execute("CREATE TABLE t(x); INSERT INTO t VALUES(1)"));
  const auto reader = connect(ConnectionRole::kReader);
  ASSERT_TRUE(reader->execute("BEGIN; SELECT count(*) FROM t"));
  ASSERT_TRUE(writer->execute("INSERT INTO t VALUES(2)"));
  EXPECT_TRUE(writer->checkpoint(Connection::Checkpoint::kPassive));
}

TEST_F(ConnectionTest, SaysWhichStatementIsWrong) {
  const auto writer = connect(ConnectionRole::kWriter);
  const auto statement = writer->prepare("SELECT x FROM nowhere");
  ASSERT_FALSE(statement);
  EXPECT_THAT(statement.error().detail, HasSubstr("nowhere"));
}

TEST(DatabaseError, IsCorruptionForADamagedFileOnly) {
  for (const int code : {SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CORRUPT_INDEX}) {
    EXPECT_EQ(database_error(code, "x").code, ErrorCode::kCorruption) << code;
  }
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_CONSTRAINT, SQLITE_BUSY}) {
    EXPECT_EQ(database_error(code, "x").code, ErrorCode::kUnavailable) << code;
  }
}

}  // namespace
}  // namespace returnflows::sqlite
