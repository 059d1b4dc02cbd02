#include "returnflows/store/sqlite/delivery_log.h"

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/store/sqlite/schema.h"
#include "returnflows/store/sqlite/sqlite_store.h"
#include "tests/support/temporary_folder.h"

// Lists of a log that is longer than one bucket: what the contract of all stores cannot know of.
namespace returnflows::sqlite {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kBucketRows = std::int64_t{1} << kBucketShift;
constexpr MerchantId kMerchant{1};

// Two events of the return "RET-1" with two buckets of other events before them and one between
// them. Nobody gets those.
class LongLog : public testing::Test {
 protected:
  LongLog() {
    auto store =
        open_sqlite_store({.file = folder_.path() / "long.db", .clock = clock_, .random = random_});
    if (!store) throw std::runtime_error(store.error().detail);
    store_ = std::move(*store);
    publish(static_cast<std::size_t>(2 * kBucketRows), "before");
    CreateEndpoint endpoint;
    endpoint.endpoint.id = EndpointId{10};
    endpoint.endpoint.merchant = kMerchant;
    endpoint.endpoint.ordering = Ordering::kNone;
    endpoint.endpoint.all_event_types = false;
    endpoint.endpoint.event_types.set(index_of(EventType::kReturnClosed));
    run(std::move(endpoint));
    publish(1, "RET-1", EventType::kReturnClosed);
    publish(static_cast<std::size_t>(kBucketRows), "between");
    publish(1, "RET-1", EventType::kReturnClosed);
  }

  template <class Transition>
  void run(Transition transition) {
    TransitionStore& transitions = store_->transitions();
    if (!transitions.begin(clock_.now()) || !transitions.apply(transition) ||
        !transitions.commit()) {
      throw std::runtime_error("a group failed");
    }
  }

  void publish(std::size_t count,
               const std::string& return_id,
               EventType type = EventType::kReturnCreated) {
    AcceptEvents transition;
    transition.merchant = kMerchant;
    transition.items.resize(count);
    for (AcceptEvents::Item& item : transition.items) {
      item.event.type = type;
      item.event.return_id = return_id;
      item.event.data_json = "{}";
    }
    run(std::move(transition));
  }

  std::vector<std::int64_t> list(ListOrder order, std::optional<std::int64_t> from = {}) {
    DeliveryFilter filter;
    filter.merchant = kMerchant;
    filter.return_id = "RET-1";
    filter.order = order;
    filter.from = from;
    const auto page = store_->deliveries().list(filter);
    if (!page) throw std::runtime_error(page.error().detail);
    std::vector<std::int64_t> ids;
    for (const DeliveryRecord& row : page->rows) {
      ids.push_back(row.id.value);
    }
    return ids;
  }

  TemporaryFolder folder_;
  const ManualClock clock_{Timestamp{std::chrono::milliseconds{1'770'429'600'000}}};
  SeededRandom random_{7};
  std::unique_ptr<Store> store_;
};

TEST_F(LongLog, ListsTheDeliveriesOfAReturnAcrossBucketsOfEvents) {
  EXPECT_THAT(list(ListOrder::kAscending), ElementsAre(1, 2));
  EXPECT_THAT(list(ListOrder::kDescending), ElementsAre(2, 1));
  EXPECT_THAT(list(ListOrder::kAscending, 1), ElementsAre(2));
  EXPECT_THAT(list(ListOrder::kDescending, 2), ElementsAre(1));
}

TEST_F(LongLog, ListsNoDeliveriesOfAReturnBeyondEitherEnd) {
  EXPECT_THAT(list(ListOrder::kAscending, 2), IsEmpty());
  EXPECT_THAT(list(ListOrder::kAscending, 999), IsEmpty());
  EXPECT_THAT(list(ListOrder::kDescending, 1), IsEmpty());
  EXPECT_THAT(list(ListOrder::kDescending, 0), IsEmpty());
}

TEST_F(LongLog, LeadsThroughEventsOfSeveralBucketsInBothDirections) {
  for (const ListOrder order : {ListOrder::kAscending, ListOrder::kDescending}) {
    EventFilter filter;
    filter.merchant = kMerchant;
    filter.type = EventType::kReturnClosed;
    filter.order = order;
    filter.limit = 1;
    std::vector<std::int64_t> sequences;
    do {
      const auto page = store_->events().list(filter);
      ASSERT_TRUE(page);
      for (const EventRecord& row : page->rows) {
        sequences.push_back(row.sequence);
      }
      filter.from = page->next;
    } while (filter.from);
    const bool ascending = order == ListOrder::kAscending;
    EXPECT_THAT(sequences, ElementsAre(ascending ? 1 : 2, ascending ? 2 : 1));
  }
}

}  // namespace
}  // namespace returnflows::sqlite
