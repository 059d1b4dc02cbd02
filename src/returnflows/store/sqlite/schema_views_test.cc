// The views for reports, over a store in which returns were made by commands.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/delivery/attempt.h"
#include "returnflows/delivery/delivery.h"
#include "returnflows/events/event_type.h"
#include "returnflows/returns/command_body.h"
#include "returnflows/returns/return_draft.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/sqlite_store.h"
#include "tests/support/temporary_folder.h"

namespace returnflows::sqlite {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Two lines: a refund that was too small, and an exchange.
constexpr std::string_view kDraft =
    R"({"order":{"id":"1001","name":"#1001","platform":"shopify","currency":"DKK"},)"
    R"("market":{"id":"dk","name":"Denmark","currency":"DKK"},)"
    R"("customer":{"email":"anna@example.com","first_name":"Anna",)"
    R"("shipping_address":{"address1":"Nygade 1","zip":"1164","city":"København"}},"items":[)"
    R"({"sku":"TEE-M","title":"Tee","quantity":2,"action":"refund",)"
    R"("reason":{"code":"too_small","label":"Too small"},"customer_note":"It is tight, says Anna",)"
    R"("prices":{"unit_price":{"amount":"199.50","currency":"DKK"}}},)"
    R"({"sku":"CAP","action":"exchange","exchange_to":{"sku":"CAP-RED"},)"
    R"("prices":{"unit_price":{"amount":"80.00","currency":"DKK"}}}]})";

class Views : public testing::Test {
 protected:
  Views() {
    auto opened = open_sqlite_store({.file = file(), .clock = clock_, .random = random_});
    if (!opened) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
    merchant_ = store_->access().merchants().front()->id;
  }

  std::filesystem::path file() const { return folder_.path() / "views.db"; }

  template <class Transition>
  typename Transition::Outcome commit(Transition transition) {
    EXPECT_TRUE(store_->transitions().begin(clock_.now()));
    auto outcome = store_->transitions().apply(transition);
    if (!outcome) throw std::runtime_error(outcome.error().detail);
    auto report = store_->transitions().commit();
    EXPECT_TRUE(report);
    for (const DueDelivery& due : report->due) {
      due_.push_back(due.id);
    }
    return std::move(*outcome);
  }

  ReturnView create(std::string_view body = kDraft) {
    auto draft = returns::parse_return_draft(body);
    if (!draft) throw std::runtime_error(draft.error().fields.at(0).pointer);
    created_at_ = clock_.now();
    return commit(RunCommand{.merchant = merchant_,
                             .target = RunCommand::NewReturn{},
                             .command = {.body = std::move(draft->creation),
                                         .actor = {},
                                         .correlation_id = {}}})
        .returns.front();
  }

  // A command on what create() made last.
  void run(const ReturnView& on, returns::CommandName name, std::string_view body = "{}") {
    auto command = returns::parse_command(name, body);
    if (!command) throw std::runtime_error(command.error().detail);
    run(on, std::move(*command));
  }

  void run(const ReturnView& on, returns::Command command) {
    const auto outcome =
        commit(RunCommand{.merchant = merchant_,
                          .target = RunCommand::OneReturn{.id = on.id, .created_at = created_at_},
                          .command = std::move(command)});
    EXPECT_FALSE(outcome.refusal) << outcome.refusal->reason;
  }

  void scan(const ReturnView& on, returns::ScanStatus status) {
    returns::CarrierScan made;
    made.tracking_number = "T1";
    made.status = status;
    made.occurred_at = clock_.now();
    run(on, returns::Command{.body = std::move(made), .actor = {}, .correlation_id = {}});
  }

  EndpointId add_endpoint() {
    Endpoint endpoint;
    endpoint.id = EndpointId{store_->reserve_id()};
    endpoint.merchant = merchant_;
    endpoint.url = "https://hooks.example.com/in?sig=hush";
    endpoint.description = "The warehouse";
    endpoint.created_at = endpoint.updated_at = clock_.now();
    commit(CreateEndpoint{.endpoint = endpoint, .idempotency = std::nullopt});
    return endpoint.id;
  }

  // All cells of what `sql` finds, NULL as "-".
  std::vector<std::string> cells(const std::string& sql) {
    auto connection =
        Connection::open({.file = file(), .vfs = {}, .role = ConnectionRole::kReader});
    auto statement = (*connection)->prepare(sql);
    if (!statement) throw std::runtime_error(statement.error().detail);
    sqlite::Run run = statement->start();
    std::vector<std::string> found;
    const auto columns =
        static_cast<int>(std::count(sql.begin(), sql.begin() + from(sql), ',')) + 1;
    for (;;) {
      const auto row = run.next();
      if (!row) throw std::runtime_error(row.error().detail);
      if (!*row) return found;
      for (int column = 0; column < columns; ++column) {
        found.emplace_back(run.is_null(column) ? "-" : run.text(column));
      }
    }
  }

  TemporaryFolder folder_;
  ManualClock clock_{Timestamp{1'770'000'000'123ms}};  // 2026-02-02T02:40:00.123Z
  SeededRandom random_{7};
  std::unique_ptr<Store> store_;
  MerchantId merchant_;
  Timestamp created_at_{};
  std::vector<DeliveryId> due_;

 private:
  static std::ptrdiff_t from(const std::string& sql) {
    return static_cast<std::ptrdiff_t>(sql.find(" FROM "));
  }
};

TEST_F(Views, TellTheFactsOfAReturn) {
  const ReturnView made = create();
  EXPECT_THAT(
      cells("SELECT return_row,return_id,merchant,order_name,platform,market_id,item_count,"
            "quantity,currency,items_value,refund_total,exchange_credit,created_at FROM v_returns"),
      ElementsAre("1",
                  made.public_id,
                  "default",
                  "#1001",
                  "shopify",
                  "dk",
                  "2",
                  "3",
                  "DKK",
                  "479.00",
                  "399.00",
                  "80.00",
                  "2026-02-02T02:40:00.123Z"));
}

TEST_F(Views, TellTheStateOfAReturn) {
  const ReturnView made = create();
  EXPECT_THAT(cells("SELECT status,is_paused,needs_review,closed_at,closed_by,exchange_status,"
                    "label_count FROM v_returns"),
              ElementsAre("completed", "0", "0", "-", "-", "on_hold", "0"));
  run(made, returns::CommandName::kPause);
  run(made, returns::CommandName::kMarkNeedsReview);
  EXPECT_THAT(cells("SELECT status,is_paused,needs_review FROM v_returns"),
              ElementsAre("completed", "1", "1"));
}

TEST_F(Views, TellLeadTimesInSeconds) {
  const ReturnView made = create();
  EXPECT_THAT(cells("SELECT created_to_handed_in_seconds,created_to_closed_seconds FROM v_returns"),
              ElementsAre("-", "-"));
  run(made, returns::CommandName::kLabel, R"({"carrier":"gls","tracking_number":"T1"})");
  clock_.advance(2h);
  scan(made, returns::ScanStatus::kInTransit);
  clock_.advance(30min);
  scan(made, returns::ScanStatus::kDelivered);
  clock_.advance(1500ms);
  run(made, returns::CommandName::kClose);
  EXPECT_THAT(
      cells("SELECT created_to_handed_in_seconds,handed_in_to_delivered_seconds,"
            "delivered_to_closed_seconds,created_to_closed_seconds,status,handed_in_at,"
            "carrier,label_count FROM v_returns"),
      ElementsAre(
          "7200.0", "1800.0", "1.5", "9001.5", "closed", "2026-02-02T04:40:00.123Z", "gls", "1"));
}

TEST_F(Views, HaveARowForEachItem) {
  const ReturnView made = create();
  EXPECT_THAT(
      cells("SELECT sku,title,quantity,action,reason_code,reason_label,unit_price,net_total,"
            "currency,exchange_sku,decision,quantity_received FROM v_return_items"),
      ElementsAre("TEE-M",
                  "Tee",
                  "2",
                  "refund",
                  "too_small",
                  "Too small",
                  "199.50",
                  "399.00",
                  "DKK",
                  "-",
                  "pending",
                  "-",  //
                  "CAP",
                  "-",
                  "1",
                  "exchange",
                  "-",
                  "-",
                  "80.00",
                  "80.00",
                  "DKK",
                  "CAP-RED",
                  "pending",
                  "-"));
  EXPECT_THAT(cells("SELECT DISTINCT return_id,order_name FROM v_return_items"),
              ElementsAre(made.public_id, "#1001"));
}

TEST_F(Views, TellWhatWasDecidedAboutAnItem) {
  const ReturnView made = create();
  run(made,
      returns::CommandName::kProcess,
      R"({"items":[{"id":"rit_01","decision":"rejected","rejection_reason":"worn"}]})");
  EXPECT_THAT(cells("SELECT decision,rejection_reason,return_status FROM v_return_items"),
              ElementsAre("rejected", "worn", "processed", "accepted", "-", "processed"));
}

TEST_F(Views, HaveARowForEachEvent) {
  const ReturnView made = create();
  EXPECT_THAT(cells("SELECT event_row,type,return_id,sequence,revision,is_test,command,"
                    "created_at,occurred_to_created_seconds FROM v_events WHERE event_row=1"),
              ElementsAre("1",
                          "return.created",
                          made.public_id,
                          "1",
                          "1",
                          "0",
                          "CreateReturn",
                          "2026-02-02T02:40:00.123Z",
                          "0.0"));
  EventFilter of_merchant;
  of_merchant.merchant = merchant_;
  const auto event = store_->events().list(of_merchant).value().rows.at(1);
  EXPECT_THAT(cells("SELECT event_id FROM v_events WHERE event_row=2"),
              ElementsAre(event.public_id));
}

TEST_F(Views, NameEveryEventType) {
  for (const EventType type : all_event_types()) {
    AcceptEvents accept;
    accept.merchant = merchant_;
    accept.items.resize(1);
    accept.items[0].event.type = type;
    accept.items[0].event.return_id = "ret_elsewhere";
    accept.items[0].event.data_json = R"({"return":{"id":"ret_elsewhere"}})";
    commit(std::move(accept));
  }
  std::vector<std::string> expected;
  for (const EventType type : all_event_types()) {
    expected.emplace_back(event_type_name(type));
  }
  EXPECT_EQ(cells("SELECT type FROM v_events ORDER BY event_row"), expected);
}

TEST_F(Views, TellHowADeliveryWent) {
  add_endpoint();
  create();
  EXPECT_THAT(cells("SELECT status,is_held,last_status,delivered_at FROM v_deliveries"),
              ElementsAre("pending", "0", "-", "-", "pending", "1", "-", "-"));
  clock_.advance(1s);
  SettleAttempt settle;
  settle.delivery = due_.front();
  settle.attempt.status = 204;
  settle.attempt.started_at = clock_.now();
  settle.next_state = DeliveryState::kDelivered;
  commit(std::move(settle));
  EXPECT_THAT(cells("SELECT event_type,sequence,endpoint_description,status,attempts_made,"
                    "last_status,last_error,created_to_delivered_seconds,delivered_at "
                    "FROM v_deliveries WHERE delivery_row=1"),
              ElementsAre("return.created",
                          "1",
                          "The warehouse",
                          "delivered",
                          "1",
                          "204",
                          "-",
                          "1.0",
                          "2026-02-02T02:40:01.123Z"));
}

TEST_F(Views, NameEveryDeliveryStateAndResult) {
  add_endpoint();
  create();
  store_.reset();
  const auto connection =
      Connection::open({.file = file(), .vfs = {}, .role = ConnectionRole::kWriter});
  ASSERT_TRUE(connection);
  for (int state = 0; state <= static_cast<int>(DeliveryState::kCanceled); ++state) {
    ASSERT_TRUE((*connection)->execute("UPDATE deliveries SET state=" + std::to_string(state)));
    EXPECT_EQ(cells("SELECT status FROM v_deliveries WHERE delivery_row=1").at(0),
              delivery_status_name(static_cast<DeliveryState>(state)));
  }
  for (int result = 1; result <= static_cast<int>(AttemptResult::kBadUrl); ++result) {
    ASSERT_TRUE((*connection)->execute("UPDATE deliveries SET result=" + std::to_string(result)));
    EXPECT_EQ(cells("SELECT last_error FROM v_deliveries WHERE delivery_row=1").at(0),
              attempt_result_name(static_cast<AttemptResult>(result)));
  }
}

TEST_F(Views, SayNothingSecretAndNothingAboutTheCustomer) {
  add_endpoint();
  create();
  for (const std::string view : {"v_returns", "v_return_items", "v_events", "v_deliveries"}) {
    std::string columns;
    for (const std::string& name : cells("SELECT name FROM pragma_table_info('" + view + "')")) {
      columns += (columns.empty() ? "" : ",") + name;
    }
    const auto all = cells("SELECT " + columns + " FROM " + view);
    EXPECT_FALSE(all.empty()) << view;
    for (const std::string_view secret : {"nna", "Nygade", "hush"}) {
      EXPECT_THAT(all, Each(Not(HasSubstr(secret)))) << view;
    }
  }
}

}  // namespace
}  // namespace returnflows::sqlite
