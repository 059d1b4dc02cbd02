#include "returnflows/store/sqlite/schema.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/random.h"
#include "returnflows/store/sqlite/sqlite_store.h"
#include "tests/support/temporary_folder.h"

namespace returnflows::sqlite {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Schema : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "store.db"; }

  std::unique_ptr<Connection> connect() const {
    auto connection =
        Connection::open({.file = file(), .vfs = {}, .role = ConnectionRole::kWriter});
    if (!connection) throw std::runtime_error(connection.error().detail);
    return std::move(*connection);
  }

  SqliteOptions options() { return {.file = file(), .clock = clock_, .random = random_}; }

  // A database of this program whose schema says that it has `version`.
  void make_database_of_version(int version) {
    const auto connection = connect();
    ASSERT_TRUE(migrate_schema(*connection));
    ASSERT_TRUE(connection->execute("PRAGMA user_version=" + std::to_string(version)));
  }

  void make_database_of_another_program() {
    ASSERT_TRUE(connect()->execute("CREATE TABLE recipes(name TEXT)"));
  }

  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder folder_;
  const ManualClock clock_{Timestamp{}};
  SeededRandom random_{7};
};

TEST_F(Schema, HasAscendingStepsFromOne) {
  int expected = 1;
  for (const SchemaStep& step : schema_steps()) {
    EXPECT_EQ(step.version, expected++);
    EXPECT_THAT(step.summary, testing::Not(IsEmpty()));
  }
}

TEST_F(Schema, HasVersionZeroInAnEmptyFile) {
  EXPECT_EQ(read_schema_version(*connect()), 0);
}

TEST_F(Schema, IsTheNewestAfterAMigration) {
  const auto connection = connect();
  ASSERT_TRUE(migrate_schema(*connection));
  EXPECT_EQ(read_schema_version(*connection), schema_steps().back().version);
}

TEST_F(Schema, IsMigratedTwiceWithoutAnyChange) {
  const auto connection = connect();
  ASSERT_TRUE(migrate_schema(*connection));
  const auto changes = connection->integer("PRAGMA schema_version");
  EXPECT_TRUE(migrate_schema(*connection));
  EXPECT_EQ(connection->integer("PRAGMA schema_version").value(), changes.value());
}

TEST_F(Schema, MarksTheFileAsOurs) {
  const auto connection = connect();
  ASSERT_TRUE(migrate_schema(*connection));
  EXPECT_EQ(connection->integer("PRAGMA application_id"), 0x5274466C);
}

TEST_F(Schema, RefusesANewerDatabaseAndSaysWhatToDo) {
  make_database_of_version(999);
  const auto store = open_sqlite_store(options());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kConflict);
  EXPECT_THAT(store.error().detail, HasSubstr("schema 999"));
  EXPECT_THAT(store.error().detail, HasSubstr("run the version of returnflows that wrote it"));
}

TEST_F(Schema, RefusesTheDatabaseOfAnotherProgramAndLeavesItAsItWas) {
  make_database_of_another_program();
  const std::string before = bytes();
  const auto store = open_sqlite_store(options());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(store.error().detail, HasSubstr("another program"));
  EXPECT_EQ(bytes(), before);
}

TEST_F(Schema, RefusesAFileThatIsNoDatabaseAndLeavesItAsItWas) {
  const std::string text(5000, 'x');
  std::ofstream(file()) << text;
  const auto store = open_sqlite_store(options());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kCorruption);
  EXPECT_EQ(bytes(), text);
}

TEST_F(Schema, NamesAllStepsForADatabaseThatIsNotThereAndMakesNone) {
  const auto steps = pending_migrations(options());
  ASSERT_TRUE(steps);
  EXPECT_EQ(steps->size(), schema_steps().size());
  EXPECT_EQ(steps->front().version, 1);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(Schema, NamesNoStepForADatabaseThatAServerHasOpen) {
  const auto store = open_sqlite_store(options());
  ASSERT_TRUE(store);
  const auto steps = pending_migrations(options());
  ASSERT_TRUE(steps);
  EXPECT_THAT(*steps, IsEmpty());
}

TEST_F(Schema, NamesNoStepForADatabaseThatItRefuses) {
  make_database_of_version(999);
  EXPECT_EQ(pending_migrations(options()).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace returnflows::sqlite
