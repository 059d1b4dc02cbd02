#include "returnflows/store/sqlite/id_walk.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/store/sqlite/schema.h"
#include "tests/support/temporary_folder.h"

namespace returnflows::sqlite {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kBucketRows = std::int64_t{1} << kBucketShift;

IdWalk ascending(std::int64_t newest, std::optional<std::int64_t> from = {}) {
  return IdWalk({.order = ListOrder::kAscending, .from = from, .limit = 3}, newest);
}

IdWalk descending(std::int64_t newest, std::optional<std::int64_t> from = {}) {
  return IdWalk({.order = ListOrder::kDescending, .from = from, .limit = 3}, newest);
}

// Gives ids to a walk, as a statement would.
class Ids {
 public:
  Ids() {
    auto connection = Connection::open(
        {.file = folder_.path() / "ids.db", .vfs = {}, .role = ConnectionRole::kWriter});
    if (!connection) throw std::runtime_error(connection.error().detail);
    connection_ = std::move(*connection);
    auto statement = connection_->prepare(
        "WITH RECURSIVE ids(id) AS (SELECT ?1 UNION ALL SELECT id+1 FROM ids WHERE id<?2) "
        "SELECT id FROM ids");
    if (!statement) throw std::runtime_error(statement.error().detail);
    statement_ = std::move(*statement);
  }

  Run from_to(std::int64_t first, std::int64_t last) { return statement_.start(first, last); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Connection> connection_;
  Statement statement_;
};

TEST(IdWalk, IsDoneAtOnceInAnEmptyLog) {
  EXPECT_TRUE(ascending(0).done());
  EXPECT_TRUE(descending(0).done());
  EXPECT_EQ(ascending(0).finish().next, std::nullopt);
}

TEST(IdWalk, StartsBehindTheIdThatItGoesOnFrom) {
  EXPECT_EQ(ascending(100, 40).low(), 41);
  EXPECT_EQ(ascending(100, 40).high(), 100);
  EXPECT_EQ(descending(100, 40).low(), 1);
  EXPECT_EQ(descending(100, 40).high(), 39);
}

TEST(IdWalk, IsDoneBeyondEitherEnd) {
  EXPECT_TRUE(ascending(100, 100).done());
  EXPECT_TRUE(descending(100, 1).done());
}

TEST(IdWalk, HandsOutSpansInTheOrderOfTheList) {
  IdWalk up = ascending(100);
  EXPECT_EQ(up.next(60, 1).high, 60);
  const IdWalk::Span rest = up.next(60, 1);
  EXPECT_EQ(rest.low, 61);
  EXPECT_EQ(rest.high, 100);
  EXPECT_TRUE(up.done());
  IdWalk down = descending(100);
  EXPECT_EQ(down.next(60, 1).low, 41);
  EXPECT_EQ(down.next(60, 1).high, 40);
  EXPECT_TRUE(down.done());
}

TEST(IdWalk, EndsASpanAtTheEdgeOfItsBucket) {
  IdWalk up = ascending(3 * kBucketRows, kBucketRows - 10);
  EXPECT_EQ(up.next_bucket(1).high, kBucketRows - 1);
  const IdWalk::Span whole = up.next_bucket(1);
  EXPECT_EQ(whole.low, kBucketRows);
  EXPECT_EQ(whole.high, 2 * kBucketRows - 1);
  IdWalk down = descending(kBucketRows + 5);
  EXPECT_EQ(down.next_bucket(1).low, kBucketRows);
  EXPECT_EQ(down.next_bucket(1).low, 1);
  EXPECT_TRUE(down.done());
}

TEST(IdWalk, TakesAPageAndSaysWhereToGoOn) {
  Ids ids;
  IdWalk walk = ascending(100);
  ASSERT_TRUE(walk.take(ids.from_to(1, 50)));
  EXPECT_TRUE(walk.done());
  const IdWalk::Gathered gathered = walk.finish();
  EXPECT_THAT(gathered.ids, ElementsAre(1, 2, 3));
  EXPECT_EQ(gathered.next, 3);
}

TEST(IdWalk, EndsWithoutACursorWhenThePageHoldsTheLastId) {
  Ids ids;
  IdWalk walk = ascending(3);
  walk.next(100, 1);
  ASSERT_TRUE(walk.take(ids.from_to(1, 3)));
  const IdWalk::Gathered gathered = walk.finish();
  EXPECT_THAT(gathered.ids, ElementsAre(1, 2, 3));
  EXPECT_EQ(gathered.next, std::nullopt);
}

TEST(IdWalk, WantsOneIdMoreThanThePageTakes) {
  Ids ids;
  IdWalk walk = ascending(100);
  EXPECT_EQ(walk.wanted(), 4U);
  ASSERT_TRUE(walk.take(ids.from_to(1, 2)));
  EXPECT_EQ(walk.wanted(), 2U);
}

TEST(IdWalk, EndsAPageEarlyWhenItHasLookedAtEnough) {
  IdWalk up = ascending(10 * kBucketRows);
  up.next(500, limits::kPageEntriesMax);
  EXPECT_TRUE(up.done());
  const IdWalk::Gathered gathered = up.finish();
  EXPECT_THAT(gathered.ids, IsEmpty());
  EXPECT_EQ(gathered.next, 500);
  IdWalk down = descending(1000);
  down.next(400, limits::kPageEntriesMax);
  EXPECT_EQ(down.finish().next, 601);
}

TEST(IdWalk, GoesOnNowhereAfterSkippingAll) {
  IdWalk walk = ascending(1000);
  walk.skip_all();
  EXPECT_TRUE(walk.done());
  EXPECT_EQ(walk.finish().next, std::nullopt);
}

}  // namespace
}  // namespace returnflows::sqlite
