#include <algorithm>
#include <iterator>

#include "returnflows/store/contract/store_contract.h"

// Reading deliveries.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

class ListedDeliveries {
 public:
  ListedDeliveries(Store& store, MerchantId merchant) : store_(store) {
    filter_.merchant = merchant;
    filter_.order = ListOrder::kAscending;
  }

  DeliveryFilter* operator->() { return &filter_; }

  Page<DeliveryRecord> page() const {
    auto page = store_.deliveries().list(filter_);
    EXPECT_TRUE(page);
    return page ? std::move(*page) : Page<DeliveryRecord>{};
  }

  std::vector<DeliveryId> ids() const { return ids_of_page(page()); }

  static std::vector<DeliveryId> ids_of_page(const Page<DeliveryRecord>& page) {
    std::vector<DeliveryId> ids;
    for (const DeliveryRecord& row : page.rows) {
      ids.push_back(row.id);
    }
    return ids;
  }

 private:
  Store& store_;
  DeliveryFilter filter_;
};

TEST_P(StoreContract, FindsADeliveryWithItsEvent) {
  const EndpointId endpoint = add_endpoint();
  const Timestamp endpoint_created_at = now();
  advance(std::chrono::seconds{1});
  const auto event = accept_one("RET-1", EventType::kReturnPaused);
  const DeliveryId id = due_ids().at(0);
  const auto found = store().deliveries().find(merchant(), id);
  ASSERT_TRUE(found && *found);
  const DeliveryRecord& record = **found;
  EXPECT_EQ(record.id, id);
  EXPECT_EQ(record.event, event.id);
  EXPECT_EQ(record.event_public_id, event.public_id);
  EXPECT_EQ(record.endpoint, endpoint);
  EXPECT_EQ(record.merchant, merchant());
  EXPECT_EQ(record.type, EventType::kReturnPaused);
  EXPECT_EQ(record.return_id, "RET-1");
  EXPECT_EQ(record.sequence, 1);
  EXPECT_EQ(record.state, DeliveryState::kReady);
  EXPECT_EQ(record.attempts_made, 0);
  EXPECT_EQ(record.created_at, now());
  EXPECT_EQ(record.next_attempt_at, now());
  EXPECT_EQ(record.endpoint_created_at, endpoint_created_at);
}

TEST_P(StoreContract, NamesTheEventOfADeliveryAsTheProducerDid) {
  add_endpoint();
  accept({item_with_id("order-17")});
  EXPECT_EQ(delivery(due_ids().at(0)).event_public_id, "order-17");
}

TEST_P(StoreContract, FindsADeliveryWhoseEndpointWasDeleted) {
  const EndpointId endpoint = add_endpoint();
  const Timestamp endpoint_created_at = now();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  advance(std::chrono::seconds{1});
  delete_endpoint(endpoint);
  EXPECT_EQ(delivery(id).endpoint_created_at, endpoint_created_at);
}

TEST_P(StoreContract, FindsNoDeliveryOfAnotherMerchantNorOneThatIsNotThere) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  EXPECT_EQ(*store().deliveries().find(add_merchant("other"), id), std::nullopt);
  EXPECT_EQ(*store().deliveries().find(merchant(), DeliveryId{999}), std::nullopt);
}

TEST_P(StoreContract, ListsDeliveriesNewestFirstUnlessAskedOtherwise) {
  add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  const auto ids = due_ids();
  DeliveryFilter filter;
  filter.merchant = merchant();
  const auto page = store().deliveries().list(filter);
  ASSERT_TRUE(page);
  EXPECT_THAT(ListedDeliveries::ids_of_page(*page), ElementsAre(ids[1], ids[0]));
  EXPECT_THAT(ListedDeliveries(store(), merchant()).ids(), ElementsAre(ids[0], ids[1]));
}

TEST_P(StoreContract, ListsDeliveriesOfOneMerchantOnly) {
  add_endpoint();
  accept_one("RET-1");
  EXPECT_THAT(ListedDeliveries(store(), add_merchant("other")).ids(), IsEmpty());
}

TEST_P(StoreContract, ListsDeliveriesOfOneEndpoint) {
  const EndpointId one = add_endpoint();
  add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  const auto ids = due_ids();
  ListedDeliveries list(store(), merchant());
  list->endpoint = one;
  EXPECT_THAT(list.ids(), ElementsAre(ids[0], ids[2]));
}

TEST_P(StoreContract, ListsDeliveriesOfOneType) {
  add_endpoint();
  accept({item("RET-1", EventType::kReturnCreated), item("RET-2", EventType::kReturnClosed)});
  const auto ids = due_ids();
  ListedDeliveries list(store(), merchant());
  list->type = EventType::kReturnClosed;
  EXPECT_THAT(list.ids(), ElementsAre(ids[1]));
}

TEST_P(StoreContract, ListsDeliveriesOfEachStatus) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("delivered"),
                              item("exhausted"),
                              item("canceled"),
                              item("waiting"),
                              item("ready"),
                              item("ready")});
  const auto ids = due_ids();
  ASSERT_EQ(ids.size(), 5U);
  settle(ids[0], DeliveryState::kDelivered);
  settle(ids[1], DeliveryState::kExhausted);
  ASSERT_TRUE(cancel(ids[2]));
  settle_waiting(ids[3], std::chrono::hours{1});
  const DeliveryId held = delivery_of(events[5], endpoint).id;
  for (const bool one_endpoint : {false, true}) {
    ListedDeliveries list(store(), merchant());
    if (one_endpoint) list->endpoint = endpoint;
    list->status = DeliveryStatus::kPending;
    EXPECT_THAT(list.ids(), ElementsAre(ids[3], ids[4], held));
    list->status = DeliveryStatus::kDelivered;
    EXPECT_THAT(list.ids(), ElementsAre(ids[0]));
    list->status = DeliveryStatus::kExhausted;
    EXPECT_THAT(list.ids(), ElementsAre(ids[1]));
    list->status = DeliveryStatus::kCanceled;
    EXPECT_THAT(list.ids(), ElementsAre(ids[2]));
  }
}

TEST_P(StoreContract, ListsDeliveriesOfOneEvent) {
  const EndpointId one = add_endpoint();
  add_endpoint();
  accept_one("RET-0");
  const auto event = accept_one("RET-1");
  const auto ids = due_ids();
  accept_one("RET-2");
  ListedDeliveries list(store(), merchant());
  list->event_public_id = event.public_id;
  EXPECT_THAT(list.ids(), ElementsAre(ids[0], ids[1]));
  list->order = ListOrder::kDescending;
  EXPECT_THAT(list.ids(), ElementsAre(ids[1], ids[0]));
  list->endpoint = one;
  EXPECT_THAT(list.ids(), ElementsAre(ids[0]));
}

TEST_P(StoreContract, ListsDeliveriesOfAnEventThatTheProducerNamed) {
  add_endpoint();
  accept({item_with_id("order-17")});
  const auto ids = due_ids();
  ListedDeliveries list(store(), merchant());
  list->event_public_id = "order-17";
  EXPECT_THAT(list.ids(), ElementsAreArray(ids));
}

TEST_P(StoreContract, ListsNoDeliveriesOfAnEventThatIsNotThereOrNobodyGets) {
  const auto event = accept_one("RET-1");
  add_endpoint();
  accept_one("RET-2");
  ListedDeliveries list(store(), merchant());
  list->event_public_id = event.public_id;
  EXPECT_THAT(list.ids(), IsEmpty());
  list->event_public_id = "no such event";
  EXPECT_THAT(list.ids(), IsEmpty());
}

TEST_P(StoreContract, ListsDeliveriesOfOneEventAndStatus) {
  add_endpoint();
  add_endpoint();
  const auto event = accept_one("RET-1");
  const auto ids = due_ids();
  settle(ids[1], DeliveryState::kExhausted);
  ListedDeliveries list(store(), merchant());
  list->event_public_id = event.public_id;
  list->status = DeliveryStatus::kExhausted;
  EXPECT_THAT(list.ids(), ElementsAre(ids[1]));
}

TEST_P(StoreContract, ListsDeliveriesOfOneReturn) {
  add_endpoint_without_order();
  accept({item("RET-1"), item("RET-2"), item("RET-1")});
  const auto ids = due_ids();
  ListedDeliveries list(store(), merchant());
  list->return_id = "RET-1";
  EXPECT_THAT(list.ids(), ElementsAre(ids[0], ids[2]));
  list->order = ListOrder::kDescending;
  EXPECT_THAT(list.ids(), ElementsAre(ids[2], ids[0]));
  list->return_id = "RET-3";
  EXPECT_THAT(list.ids(), IsEmpty());
}

TEST_P(StoreContract, ListsDeliveriesOfOneReturnEndpointAndStatus) {
  const EndpointId one = add_endpoint_without_order();
  add_endpoint_without_order();
  accept({item("RET-1"), item("RET-1")});
  const auto ids = due_ids();
  settle(ids[0], DeliveryState::kDelivered);
  ListedDeliveries list(store(), merchant());
  list->return_id = "RET-1";
  list->endpoint = one;
  list->status = DeliveryStatus::kPending;
  EXPECT_THAT(list.ids(), ElementsAre(ids[2]));
}

TEST_P(StoreContract, ListsDeliveriesOfAnEventOnlyWhenItIsOfTheReturnThatIsAskedFor) {
  add_endpoint();
  const auto event = accept_one("RET-1");
  ListedDeliveries list(store(), merchant());
  list->event_public_id = event.public_id;
  list->return_id = "RET-2";
  EXPECT_THAT(list.ids(), IsEmpty());
  list->return_id = "RET-1";
  EXPECT_EQ(list.ids().size(), 1U);
}

// Every way in which a list can be filtered, each of which leads to all 24 deliveries.
TEST_P(StoreContract, LeadsThroughAllDeliveriesWithCursorsInBothDirections) {
  const EndpointId endpoint = add_endpoint_without_order();
  accept(std::vector<AcceptEvents::Item>(24, item("RET-1")));
  std::vector<DeliveryId> expected = due_ids();
  std::vector<DeliveryFilter> filters(4);
  filters[1].endpoint = endpoint;
  filters[2].status = DeliveryStatus::kPending;
  filters[3].return_id = "RET-1";
  for (const ListOrder order : {ListOrder::kAscending, ListOrder::kDescending}) {
    for (std::size_t i = 0; i < filters.size(); ++i) {
      ListedDeliveries list(store(), merchant());
      *list.operator->() = filters[i];
      list->merchant = merchant();
      list->order = order;
      list->limit = 5;
      std::vector<DeliveryId> seen;
      do {
        const auto page = list.page();
        EXPECT_LE(page.rows.size(), 5U);
        std::ranges::copy(ListedDeliveries::ids_of_page(page), std::back_inserter(seen));
        list->from = page.next;
      } while (list->from);
      EXPECT_THAT(seen, ElementsAreArray(expected)) << "filter " << i;
    }
    std::ranges::reverse(expected);
  }
}

TEST_P(StoreContract, LeadsThroughTheDeliveriesOfOneEventWithCursors) {
  for (int i = 0; i < 5; ++i) {
    add_endpoint();
  }
  const auto event = accept_one("RET-1");
  const auto ids = due_ids();
  ListedDeliveries list(store(), merchant());
  list->event_public_id = event.public_id;
  list->limit = 3;
  const auto page = list.page();
  EXPECT_THAT(ListedDeliveries::ids_of_page(page), ElementsAre(ids[0], ids[1], ids[2]));
  ASSERT_TRUE(page.next);
  list->from = page.next;
  EXPECT_THAT(list.ids(), ElementsAre(ids[3], ids[4]));
  EXPECT_EQ(list.page().next, std::nullopt);
}

TEST_P(StoreContract, ListsNoDeliveriesBeyondEitherEnd) {
  add_endpoint();
  accept_one("RET-1");
  for (const bool of_return : {false, true}) {
    ListedDeliveries list(store(), merchant());
    if (of_return) list->return_id = "RET-1";
    list->from = 999;
    EXPECT_THAT(list.ids(), IsEmpty());
    list->order = ListOrder::kDescending;
    list->from = 1;
    EXPECT_THAT(list.ids(), IsEmpty());
  }
}

}  // namespace
}  // namespace returnflows::contract
