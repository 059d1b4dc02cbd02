#include "returnflows/store/sqlite/event_index.h"

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

constexpr MerchantId kMerchant{1};
constexpr std::int64_t kReturn = 7'777;
constexpr std::int64_t kClient = 9'999;
constexpr std::int64_t kBucketRows = std::int64_t{1} << kBucketShift;

class EventIndexTest : public testing::Test {
 protected:
  EventIndexTest() {
    auto connection = Connection::open(
        {.file = folder_.path() / "store.db", .vfs = {}, .role = ConnectionRole::kWriter});
    if (!connection || !migrate_schema(**connection)) throw std::runtime_error("no database");
    connection_ = std::move(*connection);
    reopen();
  }

  // Forgets all that is in memory.
  void reopen() {
    const auto last = connection_->integer("SELECT coalesce(max(id),0) FROM events");
    if (!last) throw std::runtime_error(last.error().detail);
    index_.reset();
    filters_ = std::make_unique<EventFilters>();
    auto index = EventIndex::open(*connection_, *filters_, *last);
    if (!index) throw std::runtime_error(index.error().detail);
    index_.emplace(std::move(*index));
  }

  // Accepts the event of row `id`, and returns its sequence.
  std::int64_t accept(std::int64_t id,
                      std::int64_t return_hash,
                      const std::optional<std::string>& client_id = {}) {
    const auto sequence = index_->next_sequence(kMerchant, return_hash);
    if (!sequence) throw std::runtime_error(sequence.error().detail);
    const Status noted = index_->note({.event = EventId{id},
                                       .created_at = Timestamp{std::chrono::milliseconds{id}},
                                       .return_hash = return_hash,
                                       .client_hash = client_id ? kClient : 0});
    if (!noted) throw std::runtime_error(noted.error().detail);
    auto insert = connection_->prepare(
        "INSERT INTO events(id,merchant,type,return_hash,sequence,revision,flags,created_ms,"
        "occurred_ms,first_delivery,delivery_count,return_id,crc,body,client_hash,client_id) "
        "VALUES(?1,?2,0,?3,?4,1,0,?1,?1,0,0,'',0,x'',?5,?6)");
    std::optional<std::int64_t> client_hash;
    std::optional<Text> client_text;
    if (client_id) {
      client_hash = kClient;
      client_text = Text{*client_id};
    }
    const Status inserted =
        insert->execute(id, kMerchant, return_hash, *sequence, client_hash, client_text);
    if (!inserted) throw std::runtime_error(inserted.error().detail);
    return *sequence;
  }

  std::optional<EventId> find_client_id(MerchantId merchant, const std::string& client_id) {
    const auto found = index_->find_client_id(merchant, kClient, client_id);
    if (!found) throw std::runtime_error(found.error().detail);
    return *found;
  }

  std::int64_t number(const std::string& sql) { return connection_->integer(sql).value_or(-1); }

  TemporaryFolder folder_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<EventFilters> filters_;
  std::optional<EventIndex> index_;
};

TEST_F(EventIndexTest, NumbersEachReturnFromOne) {
  EXPECT_EQ(accept(1, kReturn), 1);
  EXPECT_EQ(accept(2, kReturn), 2);
  EXPECT_EQ(accept(3, kReturn + 1), 1);
}

TEST_F(EventIndexTest, FindsTheLastSequenceInTheBucketThatIsBeingFilled) {
  accept(1, kReturn);
  accept(2, kReturn);
  reopen();
  EXPECT_EQ(accept(3, kReturn), 3);
}

TEST_F(EventIndexTest, FindsTheLastSequenceInAFullBucket) {
  accept(1, kReturn);
  accept(kBucketRows, kReturn + 1);
  reopen();
  EXPECT_EQ(accept(kBucketRows + 1, kReturn), 2);
}

TEST_F(EventIndexTest, FindsTheLastSequenceInTheNewestOfSeveralBuckets) {
  accept(1, kReturn);
  accept(kBucketRows, kReturn);
  accept(2 * kBucketRows, kReturn + 1);
  reopen();
  EXPECT_EQ(accept(2 * kBucketRows + 1, kReturn), 3);
}

TEST_F(EventIndexTest, GoesOnInANewBucketAfterReopeningAtItsEdge) {
  accept(kBucketRows - 1, kReturn);
  reopen();
  EXPECT_EQ(accept(kBucketRows, kReturn), 2);
  reopen();
  EXPECT_EQ(accept(kBucketRows + 1, kReturn), 3);
}

TEST_F(EventIndexTest, StoresTheFilterAndTheTimesOfABucketWhenItIsFull) {
  accept(5, kReturn);
  accept(9, kReturn);
  EXPECT_EQ(number("SELECT count(*) FROM full_buckets"), 0);
  accept(kBucketRows, kReturn);
  EXPECT_EQ(number("SELECT bucket FROM full_buckets"), 0);
  EXPECT_EQ(number("SELECT min_created_ms FROM full_buckets"), 5);
  EXPECT_EQ(number("SELECT max_created_ms FROM full_buckets"), 9);
  EXPECT_EQ(number("SELECT count(*) FROM bucket_filters"), 1) << "nobody sent client ids";
}

TEST_F(EventIndexTest, StoresTheTimesOfABucketThatWasBegunBeforeReopening) {
  accept(5, kReturn);
  reopen();
  accept(9, kReturn);
  accept(kBucketRows, kReturn);
  EXPECT_EQ(number("SELECT min_created_ms FROM full_buckets"), 5);
}

TEST_F(EventIndexTest, StoresNothingForBucketsThatNobodyFilled) {
  accept(3 * kBucketRows, kReturn);
  EXPECT_EQ(number("SELECT count(*) FROM full_buckets"), 0);
}

TEST_F(EventIndexTest, MakesADamagedFilterAgainFromTheIndex) {
  accept(1, kReturn, "order-17");
  accept(kBucketRows, kReturn + 1);
  ASSERT_TRUE(connection_->execute("UPDATE bucket_filters SET bits=zeroblob(65536)"));
  reopen();
  EXPECT_EQ(accept(kBucketRows + 1, kReturn), 2);
  EXPECT_EQ(find_client_id(kMerchant, "order-17"), EventId{1});
}

TEST_F(EventIndexTest, MakesAFilterOfAnotherSizeAgainFromTheIndex) {
  accept(1, kReturn);
  accept(kBucketRows, kReturn + 1);
  ASSERT_TRUE(connection_->execute("UPDATE bucket_filters SET bits=x'', crc=0"));
  reopen();
  EXPECT_EQ(accept(kBucketRows + 1, kReturn), 2);
  EXPECT_EQ(number("SELECT length(bits) FROM bucket_filters"), 65'536) << "and stores it";
}

TEST_F(EventIndexTest, MakesAFilterOfReturnsThatIsMissingAgainFromTheIndex) {
  accept(1, kReturn);
  accept(kBucketRows, kReturn + 1);
  ASSERT_TRUE(connection_->execute("DELETE FROM bucket_filters"));
  reopen();
  EXPECT_EQ(accept(kBucketRows + 1, kReturn), 2);
}

TEST_F(EventIndexTest, FindsAClientIdInEveryBucketAndAfterReopening) {
  accept(1, kReturn, "order-17");
  accept(kBucketRows, kReturn, "order-18");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(find_client_id(kMerchant, "order-17"), EventId{1});
    EXPECT_EQ(find_client_id(kMerchant, "order-18"), EventId{kBucketRows});
    reopen();
  }
}

TEST_F(EventIndexTest, ComparesTheTextAndTheMerchantOfAClientIdAndNotItsHashAlone) {
  accept(1, kReturn, "order-17");
  EXPECT_EQ(find_client_id(kMerchant, "another with this hash"), std::nullopt);
  EXPECT_EQ(find_client_id(MerchantId{2}, "order-17"), std::nullopt);
}

}  // namespace
}  // namespace returnflows::sqlite
