#include "returnflows/store/sqlite/process_lock.h"

#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/store/sqlite/sqlite_store.h"
#include "tests/support/temporary_folder.h"

namespace returnflows::sqlite {
namespace {

using testing::HasSubstr;

TEST(ProcessLock, RefusesASecondOpenerByName) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "store.db";
  const auto first = ProcessLock::take(file);
  ASSERT_TRUE(first);
  const auto second = ProcessLock::take(file);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().detail, HasSubstr(file.string()));
}

TEST(ProcessLock, IsFreeAgainWhenItsHolderIsGone) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "store.db";
  ASSERT_TRUE(ProcessLock::take(file));
  EXPECT_TRUE(ProcessLock::take(file));
}

TEST(ProcessLock, StaysHeldWhenItIsMoved) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "store.db";
  auto first = ProcessLock::take(file);
  ASSERT_TRUE(first);
  const ProcessLock moved = std::move(*first);
  EXPECT_FALSE(ProcessLock::take(file));
}

TEST(ProcessLock, LeavesOtherDatabasesOfTheFolderAlone) {
  const TemporaryFolder folder;
  const auto one = ProcessLock::take(folder.path() / "one.db");
  EXPECT_TRUE(one);
  EXPECT_TRUE(ProcessLock::take(folder.path() / "other.db"));
}

TEST(ProcessLock, SaysWhenItsFileCannotBeOpened) {
  const TemporaryFolder folder;
  const auto lock = ProcessLock::take(folder.path() / "no such folder" / "store.db");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, ErrorCode::kUnavailable);
}

TEST(ProcessLock, KeepsASecondStoreFromTheSameDatabase) {
  const TemporaryFolder folder;
  const ManualClock clock{Timestamp{}};
  SeededRandom random(7);
  const SqliteOptions options{.file = folder.path() / "store.db", .clock = clock, .random = random};
  const auto first = open_sqlite_store(options);
  ASSERT_TRUE(first);
  const auto second = open_sqlite_store(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace returnflows::sqlite
