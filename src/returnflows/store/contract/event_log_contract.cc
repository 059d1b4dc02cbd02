#include <algorithm>

#include "returnflows/base/limits.h"
#include "returnflows/store/contract/store_contract.h"

// Reading events.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

std::vector<std::string> public_ids(const std::vector<EventRecord>& rows) {
  std::vector<std::string> ids;
  for (const EventRecord& row : rows) {
    ids.push_back(row.public_id);
  }
  return ids;
}

std::vector<std::string> public_ids(const AcceptEvents::Outcome& events) {
  std::vector<std::string> ids;
  for (const auto& event : events) {
    ids.push_back(event.public_id);
  }
  return ids;
}

class ListedEvents {
 public:
  ListedEvents(Store& store, MerchantId merchant) : store_(store) { filter_.merchant = merchant; }

  EventFilter* operator->() { return &filter_; }

  Page<EventRecord> page() const {
    auto page = store_.events().list(filter_);
    EXPECT_TRUE(page);
    return page ? std::move(*page) : Page<EventRecord>{};
  }

  std::vector<std::string> ids() const { return public_ids(page().rows); }

 private:
  Store& store_;
  EventFilter filter_;
};

TEST_P(StoreContract, FindsAnEventByItsPublicIdWithAllThatWasSaid) {
  AcceptEvents::Item published = item("RET-1", EventType::kReturnReset);
  published.event.occurred_at = now() - std::chrono::hours{1};
  const auto event = accept({published}).at(0);
  const auto found = store().events().find(merchant(), event.public_id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, event.id);
  EXPECT_EQ((*found)->merchant, merchant());
  EXPECT_EQ((*found)->public_id, event.public_id);
  EXPECT_EQ((*found)->type, EventType::kReturnReset);
  EXPECT_EQ((*found)->return_id, "RET-1");
  EXPECT_EQ((*found)->sequence, 1);
  EXPECT_EQ((*found)->created_at, now());
  EXPECT_EQ((*found)->occurred_at, now() - std::chrono::hours{1});
  EXPECT_FALSE((*found)->test);
}

TEST_P(StoreContract, TakesTheTimeOfAcceptingForAnEventThatDoesNotSayWhenItOccurred) {
  const auto event = accept_one("RET-1");
  EXPECT_EQ((*store().events().find(merchant(), event.public_id))->occurred_at, now());
}

TEST_P(StoreContract, FindsAnEventByTheIdThatTheProducerChose) {
  const auto event = accept({item_with_id("order-17")}).at(0);
  const auto found = store().events().find(merchant(), "order-17");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, event.id);
}

TEST_P(StoreContract, FindsNoEventUnderTheIdThatItWouldHaveHadWithoutTheProducers) {
  const auto event = accept({item_with_id("order-17")}).at(0);
  const auto id = store().ids().encode(IdPrefix::kEvent, event.id, event.created_at);
  EXPECT_EQ(*store().events().find(merchant(), id), std::nullopt);
}

TEST_P(StoreContract, FindsNoEventOfAnotherMerchant) {
  const auto own = accept_one("RET-1");
  accept({item_with_id("order-17")});
  const MerchantId other = add_merchant("other");
  EXPECT_EQ(*store().events().find(other, own.public_id), std::nullopt);
  EXPECT_EQ(*store().events().find(other, "order-17"), std::nullopt);
}

TEST_P(StoreContract, FindsNoEventUnderATextThatIsNoId) {
  accept_one("RET-1");
  for (const std::string& text : {std::string(),
                                  std::string("evt_"),
                                  std::string("no such id"),
                                  std::string(5000, 'x'),
                                  std::string("a\0b", 3)}) {
    const auto found = store().events().find(merchant(), text);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, std::nullopt) << text.size();
  }
}

TEST_P(StoreContract, ReportsDamageInTheBodyOfAnEventThatItFinds) {
  const auto event = accept_one("RET-1");
  reopen_with_damaged_body(event.id);
  EXPECT_THAT(store().events().find(merchant(), event.public_id),
              FailsWith(ErrorCode::kCorruption));
}

TEST_P(StoreContract, ReportsDamageInTheBodyOfAnEventThatItLists) {
  const auto event = accept_one("RET-1");
  reopen_with_damaged_body(event.id);
  EventFilter filter;
  filter.merchant = merchant();
  EXPECT_THAT(store().events().list(filter), FailsWith(ErrorCode::kCorruption));
}

TEST_P(StoreContract, HasNoNewestEventInAnEmptyLog) {
  EXPECT_EQ(store().events().newest(), EventId{});
}

TEST_P(StoreContract, KnowsTheNewestEvent) {
  accept_one("RET-1");
  const auto newest = accept_one("RET-2");
  EXPECT_EQ(store().events().newest(), newest.id);
}

TEST_P(StoreContract, ListsNoEventsOfAnEmptyLog) {
  const auto page = ListedEvents(store(), merchant()).page();
  EXPECT_THAT(page.rows, IsEmpty());
  EXPECT_EQ(page.next, std::nullopt);
}

TEST_P(StoreContract, ListsEventsInTheOrderOfTheLog) {
  const auto events = accept({item("RET-1"), item("RET-2"), item("RET-1")});
  EXPECT_THAT(ListedEvents(store(), merchant()).ids(), ElementsAreArray(public_ids(events)));
}

TEST_P(StoreContract, ListsEventsNewestFirstWhenAsked) {
  const auto events = accept({item("RET-1"), item("RET-2"), item("RET-3")});
  ListedEvents list(store(), merchant());
  list->order = ListOrder::kDescending;
  EXPECT_THAT(list.ids(),
              ElementsAre(events[2].public_id, events[1].public_id, events[0].public_id));
}

TEST_P(StoreContract, ListsEventsOfOneMerchantOnly) {
  accept_one("RET-1");
  EXPECT_THAT(ListedEvents(store(), add_merchant("other")).ids(), IsEmpty());
}

TEST_P(StoreContract, ListsEventsOfOneType) {
  accept_one("RET-1", EventType::kReturnCreated);
  const auto closed = accept_one("RET-1", EventType::kReturnClosed);
  ListedEvents list(store(), merchant());
  list->type = EventType::kReturnClosed;
  EXPECT_THAT(list.ids(), ElementsAre(closed.public_id));
}

TEST_P(StoreContract, ListsEventsOfOneReturn) {
  const auto events = accept({item("RET-1"), item("RET-2"), item("RET-1")});
  ListedEvents list(store(), merchant());
  list->return_id = "RET-1";
  EXPECT_THAT(list.ids(), ElementsAre(events[0].public_id, events[2].public_id));
  list->order = ListOrder::kDescending;
  EXPECT_THAT(list.ids(), ElementsAre(events[2].public_id, events[0].public_id));
  list->return_id = "RET-3";
  EXPECT_THAT(list.ids(), IsEmpty());
}

TEST_P(StoreContract, ListsEventsOfOneReturnAndType) {
  accept_one("RET-1", EventType::kReturnCreated);
  const auto closed = accept_one("RET-1", EventType::kReturnClosed);
  accept_one("RET-2", EventType::kReturnClosed);
  ListedEvents list(store(), merchant());
  list->return_id = "RET-1";
  list->type = EventType::kReturnClosed;
  EXPECT_THAT(list.ids(), ElementsAre(closed.public_id));
}

TEST_P(StoreContract, ListsEventsSinceATimeIncludedAndUntilATimeExcluded) {
  accept_one("RET-1");
  advance(std::chrono::milliseconds{1});
  const auto second = accept_one("RET-2");
  advance(std::chrono::milliseconds{1});
  accept_one("RET-3");
  ListedEvents list(store(), merchant());
  list->since = second.created_at;
  list->until = second.created_at + std::chrono::milliseconds{1};
  EXPECT_THAT(list.ids(), ElementsAre(second.public_id));
}

TEST_P(StoreContract, ListsEventsOfOneReturnSinceATime) {
  accept_one("RET-1");
  advance(std::chrono::milliseconds{1});
  const auto second = accept_one("RET-1");
  ListedEvents list(store(), merchant());
  list->return_id = "RET-1";
  list->since = now();
  EXPECT_THAT(list.ids(), ElementsAre(second.public_id));
}

TEST_P(StoreContract, LeadsThroughAllEventsWithCursorsInBothDirections) {
  std::vector<AcceptEvents::Item> items;
  for (int i = 0; i < 25; ++i) {
    items.push_back(item("RET-" + std::to_string(i % 3)));
  }
  std::vector<std::string> expected = public_ids(accept(items));
  for (const ListOrder order : {ListOrder::kAscending, ListOrder::kDescending}) {
    ListedEvents list(store(), merchant());
    list->order = order;
    list->limit = 4;
    std::vector<std::string> seen;
    do {
      const auto page = list.page();
      EXPECT_LE(page.rows.size(), 4U);
      for (const std::string& id : public_ids(page.rows)) {
        seen.push_back(id);
      }
      list->from = page.next;
    } while (list->from);
    EXPECT_THAT(seen, ElementsAreArray(expected));
    std::ranges::reverse(expected);
  }
}

TEST_P(StoreContract, GivesNoCursorWhenThePageHoldsTheLastEvent) {
  accept({item("RET-1"), item("RET-2")});
  ListedEvents list(store(), merchant());
  list->limit = 2;
  EXPECT_EQ(list.page().next, std::nullopt);
}

TEST_P(StoreContract, LeadsThroughTheEventsOfOneReturnWithCursors) {
  const auto events = accept({item("RET-1"), item("RET-2"), item("RET-1"), item("RET-1")});
  ListedEvents list(store(), merchant());
  list->return_id = "RET-1";
  list->limit = 2;
  const auto first = list.page();
  EXPECT_THAT(public_ids(first.rows), ElementsAre(events[0].public_id, events[2].public_id));
  ASSERT_TRUE(first.next);
  list->from = first.next;
  EXPECT_THAT(list.ids(), ElementsAre(events[3].public_id));
}

TEST_P(StoreContract, ListsNoEventsBeyondEitherEnd) {
  const auto event = accept_one("RET-1");
  ListedEvents list(store(), merchant());
  list->from = event.id.value + 100;
  EXPECT_THAT(list.ids(), IsEmpty());
  list->order = ListOrder::kDescending;
  list->from = 0;
  EXPECT_THAT(list.ids(), IsEmpty());
}

TEST_P(StoreContract, EndsAPageOfEventsEarlyWhenItsBodiesAreLarge) {
  AcceptEvents::Item large = item("RET-1");
  large.event.data_json = R"({"note":")" + std::string(limits::kPageBytesMax / 2, 'x') + R"("})";
  const auto events = accept({large, large, large});
  ListedEvents list(store(), merchant());
  const auto page = list.page();
  EXPECT_THAT(public_ids(page.rows), ElementsAre(events[0].public_id, events[1].public_id));
  ASSERT_TRUE(page.next);
  list->from = page.next;
  EXPECT_THAT(list.ids(), ElementsAre(events[2].public_id));
}

}  // namespace
}  // namespace returnflows::contract
