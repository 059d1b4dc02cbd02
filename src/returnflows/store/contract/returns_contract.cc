#include "returnflows/store/contract/returns_contract.h"

#include <memory>
#include <optional>
#include <string>

#include "returnflows/returns/facts.h"

// Returns that live in the store: commands, their events, timers and payouts.
namespace returnflows::contract {
namespace {

using returns::Lifecycle;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

RunCommand creation(MerchantId merchant, const std::string& order = "order-1") {
  returns::ReturnFacts facts;
  facts.iteration = 0;
  facts.order.id = order;
  facts.order.name = "#" + order;
  facts.customer.email = "Anna@Example.com";
  returns::ItemFacts item;
  item.id = "rit_01";
  item.sku = "TEE-WHT-M";
  item.prices.unit_price.minor = item.prices.net_total.minor = 20'000;
  facts.items.push_back(item);
  returns::CreateReturn body;
  body.facts = std::make_shared<const returns::ReturnFacts>(std::move(facts));
  body.payouts.push_back({.id = "pay_rf_1", .amount = Money{.minor = 20'000, .currency = {}}});
  return {.merchant = merchant,
          .target = RunCommand::NewReturn{},
          .command = {.body = std::move(body), .actor = {}, .correlation_id = {}}};
}

RunCommand on(MerchantId merchant, decltype(RunCommand::target) target, returns::CommandBody body) {
  return {.merchant = merchant,
          .target = std::move(target),
          .command = {.body = std::move(body),
                      .actor = {.type = returns::ActorType::kStaff, .id = {}, .name = {}},
                      .correlation_id = {}}};
}

ReturnFilter by(std::optional<std::string> ReturnFilter::* what, const std::string& text) {
  ReturnFilter filter;
  filter.*what = text;
  return filter;
}

returns::GenerateLabel label(const std::string& tracking_number) {
  returns::GenerateLabel made;
  made.carrier = "gls";
  made.tracking_number = tracking_number;
  return made;
}

}  // namespace

ReturnView ReturnsContract::create(const std::string& order) {
  auto outcome = commit(creation(merchant(), order));
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().detail);
  return outcome->returns.front();
}

RunCommand::Outcome ReturnsContract::run(const RunCommand::OneReturn& target,
                                         returns::CommandBody body) {
  auto outcome = commit(on(merchant(), target, std::move(body)));
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().detail);
  return std::move(*outcome);
}

std::vector<EventRecord> ReturnsContract::events_of(const std::string& return_id) {
  EventFilter filter;
  filter.merchant = merchant();
  filter.return_id = return_id;
  return store().events().list(filter)->rows;
}

void ReturnsContract::set_rules(returns::Settings rules, const std::string& payouts_url) {
  UpdateSettings change;
  change.settings.merchant = merchant();
  change.settings.version = store().settings().settings_of(merchant())->version + 1;
  change.settings.rules = rules;
  change.settings.payouts_url = payouts_url;
  if (!payouts_url.empty()) change.settings.rules.payouts = returns::PayoutProvider::kExternal;
  ASSERT_TRUE(commit(std::move(change)));
}

std::vector<std::int64_t> ReturnsContract::found(ReturnFilter filter) {
  filter.merchant = merchant();
  std::vector<std::int64_t> ids;
  for (const ReturnView& view : store().returns().list(filter)->rows) {
    ids.push_back(view.id.value);
  }
  return ids;
}

TEST_P(ReturnsContract, CreatesAReturnAndItsEventsInOneCommit) {
  const EndpointId endpoint = add_endpoint();
  const ReturnView view = create();
  EXPECT_EQ(view.version, 1);
  EXPECT_EQ(view.lifecycle, Lifecycle::kCompleted);
  const auto events = events_of(view.public_id);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].type, EventType::kReturnCreated);
  EXPECT_EQ(events[0].sequence, 1);
  EXPECT_EQ(events[1].type, EventType::kReturnCompleted);
  EXPECT_EQ(events[1].sequence, 2);
  EXPECT_THAT(load_ready(endpoint).deliveries, SizeIs(1)) << "the second waits for the first";
}

TEST_P(ReturnsContract, ShowsAReturnAsTheCommandLeftItAlsoAfterReopening) {
  const ReturnView created = create();
  const auto target = one(created);
  const RunCommand::Outcome outcome = run(target, label("T1"));
  reopen();
  const auto view = store().returns().find(merchant(), created.id, target.created_at);
  ASSERT_TRUE(view && *view);
  EXPECT_EQ((*view)->version, 2);
  EXPECT_EQ((*view)->snapshot, outcome.returns.front().snapshot);
  EXPECT_EQ((*view)->public_id, created.public_id);
}

TEST_P(ReturnsContract, KeepsReturnsFromOtherMerchants) {
  const ReturnView created = create();
  const MerchantId other = add_merchant("other");
  EXPECT_THAT(commit(on(other, one(created), label("T1"))), FailsWith(ErrorCode::kNotFound));
  EXPECT_FALSE(*store().returns().find(other, created.id, now()));
}

TEST_P(ReturnsContract, WritesNothingForACommandThatTheStateDoesNotAllow) {
  const ReturnView created = create();
  const RunCommand::Outcome outcome = run(one(created), returns::SettlePayment{});
  ASSERT_TRUE(outcome.refusal);
  EXPECT_EQ(outcome.returns.front().version, 1);
  EXPECT_THAT(events_of(created.public_id), SizeIs(2));
}

TEST_P(ReturnsContract, TakesOnlyOneOfTwoCommandsThatNameTheSameVersion) {
  const ReturnView created = create();
  RunCommand first = on(merchant(), one(created), label("T1"));
  RunCommand second = on(merchant(), one(created), label("T2"));
  first.if_versions = second.if_versions = {1};
  begin_group();
  EXPECT_TRUE(apply(std::move(first)));
  EXPECT_THAT(apply(std::move(second)), FailsWith(ErrorCode::kConflict));
  commit_group();
  EXPECT_THAT(events_of(created.public_id), SizeIs(3));
}

TEST_P(ReturnsContract, RunsACommandWithTheSameIdempotencyKeyOnce) {
  IdempotencyClaim claim;
  claim.key.fill(1);
  RunCommand command = creation(merchant());
  command.idempotency = claim;
  const auto first = commit(command);
  const auto again = commit(command);
  ASSERT_TRUE(first && again);
  EXPECT_TRUE(again->is_replay);
  EXPECT_EQ(again->returns.front().public_id, first->returns.front().public_id);
  EXPECT_THAT(found({}), SizeIs(1));
}

TEST_P(ReturnsContract, NumbersTheReturnsOfAnOrder) {
  create();
  const ReturnView second = create();
  EXPECT_THAT(second.snapshot, testing::HasSubstr(R"("number":"RF-order-1-2","iteration":2)"));
}

TEST_P(ReturnsContract, PausesEveryOpenReturnOfAnOrder) {
  const ReturnView first = create();
  const ReturnView second = create();
  create("another order");
  run(one(second), returns::CancelReturn{});
  returns::PauseReturn pause;
  pause.scope = returns::Scope::kOrder;
  const auto outcome =
      commit(on(merchant(), RunCommand::OrderReturns{.order_id = "order-1"}, std::move(pause)));
  ASSERT_TRUE(outcome);
  ASSERT_THAT(outcome->returns, SizeIs(1));
  EXPECT_EQ(outcome->returns.front().id, first.id);
  EXPECT_EQ(events_of(first.public_id).back().type, EventType::kReturnPaused);
}

TEST_P(ReturnsContract, FindsTheReturnOfAScanByItsLabel) {
  const ReturnView created = create();
  run(one(created), label("T1"));
  returns::CarrierScan scan;
  scan.tracking_number = "T1";
  scan.occurred_at = now();
  const auto outcome =
      commit(on(merchant(), RunCommand::LabelledReturn{.tracking_number = "T1"}, scan));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->returns.front().id, created.id);
  EXPECT_EQ(outcome->event_count, 1U);
  EXPECT_THAT(commit(on(merchant(), RunCommand::LabelledReturn{.tracking_number = "T2"}, scan)),
              FailsWith(ErrorCode::kNotFound));
}

TEST_P(ReturnsContract, FindsReturnsByWhateverPeopleKnowOfThem) {
  const ReturnView first = create();
  const ReturnView second = create("order-2");
  run(one(first), label("T1"));
  EXPECT_THAT(found(by(&ReturnFilter::number, "RF-order-2-1")), ElementsAre(second.id.value));
  EXPECT_THAT(found(by(&ReturnFilter::order, "order-1")), ElementsAre(first.id.value));
  EXPECT_THAT(found(by(&ReturnFilter::order, "#order-1")), ElementsAre(first.id.value));
  EXPECT_THAT(found(by(&ReturnFilter::tracking_number, "T1")), ElementsAre(first.id.value));
  EXPECT_THAT(found(by(&ReturnFilter::customer_email, "anna@example.com")),
              ElementsAre(second.id.value, first.id.value));
  EXPECT_THAT(found(by(&ReturnFilter::sku, "TEE-WHT-M")),
              ElementsAre(second.id.value, first.id.value));
  ReturnFilter canceled = by(&ReturnFilter::sku, "TEE-WHT-M");
  canceled.status = Lifecycle::kCanceled;
  EXPECT_THAT(found(canceled), IsEmpty());
  ReturnFilter older = by(&ReturnFilter::display_status, "awaiting_hand_in");
  older.from = second.id.value;
  EXPECT_THAT(found(older), ElementsAre(first.id.value));
}

TEST_P(ReturnsContract, RefusesEventsOfAReturnThatItKeeps) {
  AcceptEvents publication;
  publication.merchant = merchant();
  publication.items.push_back(item(create().public_id));
  EXPECT_THAT(commit(std::move(publication)), FailsWith(ErrorCode::kUnprocessable));
}

TEST_P(ReturnsContract, FiresATimerOnceAndWhenItIsDue) {
  const ReturnView created = create();
  run(one(created), label("T1"));
  const auto due = store().timers().next_timer();
  ASSERT_TRUE(due && *due);
  EXPECT_EQ(report().first_timer, *due);
  EXPECT_EQ(commit(FireTimers{})->fired, 0U);
  advance(**due - now());
  const auto fired = commit(FireTimers{});
  EXPECT_EQ(fired->fired, 1U);
  EXPECT_THAT(report().returns, ElementsAre(created.id));
  EXPECT_EQ(fired->next_due, *store().timers().next_timer());
  EXPECT_EQ(commit(FireTimers{})->fired, 0U);
}

TEST_P(ReturnsContract, KeepsTimersOverReopening) {
  const ReturnView created = create();
  run(one(created), label("T1"));
  const auto due = store().timers().next_timer();
  reopen();
  EXPECT_EQ(store().timers().next_timer().value(), due.value());
}

TEST_P(ReturnsContract, FiresNoMoreTimersAtOnceThanItIsAskedTo) {
  for (int i = 0; i < 3; ++i) {
    run(one(create("order-" + std::to_string(i))), label("T" + std::to_string(i)));
  }
  advance(std::chrono::hours{24 * 8});
  const auto fired = commit(FireTimers{.count_max = 2});
  EXPECT_EQ(fired->fired, 2U);
  EXPECT_LE(fired->next_due.value(), now()) << "one more is due";
}

TEST_P(ReturnsContract, OrdersThePayoutsOfACloseAndClosesWhenTheyAreMade) {
  set_rules({}, "http://payouts.example");
  const ReturnView created = create();
  const auto target = one(created);
  const RunCommand::Outcome closing = run(target, returns::CloseReturn{});
  EXPECT_TRUE(closing.returns.front().is_closing);
  EXPECT_EQ(report().first_payout, now());
  const auto due = store().timers().due_payouts(now(), 10);
  ASSERT_TRUE(due);
  ASSERT_THAT(*due, SizeIs(1));
  EXPECT_EQ(due->front().order.request.payout_id, "pay_rf_1");
  EXPECT_EQ(due->front().order.request.return_id, created.public_id);
  EXPECT_THAT(due->front().payout_json, testing::HasSubstr(R"("amount":"200.00")"));

  returns::PayoutSucceeded paid;
  paid.payout_id = "pay_rf_1";
  ReportPayout report{.id = created.id, .request = due->front().order.request};
  report.result =
      returns::Command{.body = paid, .actor = returns::system_actor(), .correlation_id = {}};
  ASSERT_TRUE(commit(std::move(report)));
  EXPECT_EQ((*store().returns().find(merchant(), created.id, target.created_at))->lifecycle,
            Lifecycle::kClosed);
  EXPECT_THAT(*store().timers().due_payouts(now(), 10), IsEmpty());
}

TEST_P(ReturnsContract, AsksFirstForPayoutsThatWereOrderedBeforeReopening) {
  set_rules({}, "http://payouts.example");
  run(one(create()), returns::CloseReturn{});
  reopen();
  EXPECT_EQ(store().timers().due_payouts(now(), 10)->front().order.request.action,
            returns::PayoutAction::kAskThenExecute);
}

TEST_P(ReturnsContract, RemembersWhomAPayoutWasOrderedFromWhateverIsSetLater) {
  set_rules({}, "http://first.example");
  run(one(create()), returns::CloseReturn{});
  set_rules({}, "http://second.example");
  reopen();
  EXPECT_EQ(store().timers().due_payouts(now(), 10)->front().ordered_from->url,
            "http://first.example");
}

TEST_P(ReturnsContract, MovesAPayoutToTheProviderThatIsSetNow) {
  set_rules({}, "http://first.example");
  const ReturnView created = create();
  run(one(created), returns::CloseReturn{});
  set_rules({}, "http://second.example");
  const auto due = store().timers().due_payouts(now(), 10);
  ReportPayout report{.id = created.id, .request = due->front().order.request};
  report.ask_again_at = now();
  report.moves_to_present_provider = true;
  ASSERT_TRUE(commit(std::move(report)));
  const auto moved = store().timers().due_payouts(now(), 10);
  ASSERT_THAT(*moved, SizeIs(1));
  EXPECT_EQ(moved->front().ordered_from->url, "http://second.example");
}

TEST_P(ReturnsContract, MovesNoPayoutWhileNoProviderIsSet) {
  set_rules({}, "http://first.example");
  const ReturnView created = create();
  run(one(created), returns::CloseReturn{});
  set_rules({});
  ReportPayout report{.id = created.id,
                      .request = store().timers().due_payouts(now(), 10)->front().order.request};
  report.ask_again_at = now();
  report.moves_to_present_provider = true;
  ASSERT_TRUE(commit(std::move(report)));
  EXPECT_EQ(store().timers().due_payouts(now(), 10)->front().ordered_from->url,
            "http://first.example");
}

TEST_P(ReturnsContract, KnowsWhomAPayoutWasOrderedFromWhenItIsRetriedAfterAnUnknownOutcome) {
  set_rules({}, "http://first.example");
  const ReturnView created = create();
  const auto target = one(created);
  run(target, returns::CloseReturn{});
  const auto due = store().timers().due_payouts(now(), 10);
  ReportPayout report{.id = created.id, .request = due->front().order.request};
  report.result = returns::Command{
      .body = returns::PayoutFailed{.payout_id = "pay_rf_1",
                                    .revision = report.request.revision,
                                    .outcome = returns::PayoutOutcome::kUnknown,
                                    .error = {.code = "timeout", .message = "No answer."}},
      .actor = returns::system_actor(),
      .correlation_id = {}};
  ASSERT_TRUE(commit(std::move(report)));
  set_rules({}, "http://second.example");
  run(target, returns::CloseReturn{});
  const auto again = store().timers().due_payouts(now(), 10);
  ASSERT_THAT(*again, SizeIs(1));
  EXPECT_EQ(again->front().order.request.action, returns::PayoutAction::kAskThenExecute);
  EXPECT_EQ(again->front().ordered_from->url, "http://first.example");
}

returns::Settings auto_closing() {
  returns::Settings rules;
  rules.auto_close = returns::Switch::kOn;
  return rules;
}

TEST_P(ReturnsContract, KnowsUntilTheirReviewIsDoneThatOpenReturnsHaveToFollowTheSettings) {
  create();
  set_rules(auto_closing());
  reopen();
  const auto settings = store().settings().settings_of(merchant());
  ASSERT_TRUE(settings->is_review_due);
  ReviewReturns page{.merchant = merchant(), .version = settings->version};
  page.count_max = 1;
  const auto first = commit(page);
  ASSERT_FALSE(first->done);
  EXPECT_TRUE(store().settings().settings_of(merchant())->is_review_due);
  page.after = first->last;
  ASSERT_TRUE(commit(page)->done);
  EXPECT_FALSE(store().settings().settings_of(merchant())->is_review_due);
  reopen();
  EXPECT_FALSE(store().settings().settings_of(merchant())->is_review_due);
}

TEST_P(ReturnsContract, DoesNotTakeTheReviewOfEarlierSettingsForThatOfLaterOnes) {
  set_rules(auto_closing());
  const std::int64_t earlier = store().settings().settings_of(merchant())->version;
  set_rules({});
  ASSERT_TRUE(commit(ReviewReturns{.merchant = merchant(), .version = earlier})->done);
  EXPECT_TRUE(store().settings().settings_of(merchant())->is_review_due);
}

TEST_P(ReturnsContract, PutsAPayoutOff) {
  set_rules({}, "http://payouts.example");
  const ReturnView created = create();
  run(one(created), returns::CloseReturn{});
  const auto due = store().timers().due_payouts(now(), 10);
  ReportPayout report{.id = created.id, .request = due->front().order.request};
  report.ask_again_at = now() + std::chrono::seconds{5};
  report.attempts_made = 1;
  ASSERT_TRUE(commit(std::move(report)));
  EXPECT_THAT(*store().timers().due_payouts(now(), 10), IsEmpty());
  const auto later = store().timers().due_payouts(Timestamp::max(), 10);
  EXPECT_EQ(later->front().order.next_attempt_at, now() + std::chrono::seconds{5});
  advance(std::chrono::seconds{5});
  EXPECT_EQ(store().timers().due_payouts(now(), 10)->front().order.attempts_made, 1);
}

TEST_P(ReturnsContract, ShowsSettingsFromTheirCommitOnAndAfterReopening) {
  returns::Settings rules;
  rules.auto_close = returns::Switch::kOn;
  rules.delay = std::chrono::hours{7};
  set_rules(rules);
  reopen();
  const auto settings = store().settings().settings_of(merchant());
  EXPECT_EQ(settings->version, 1);
  EXPECT_EQ(settings->rules.delay, std::chrono::hours{7});
  EXPECT_EQ(settings->rules.auto_close, returns::Switch::kOn);
}

TEST_P(ReturnsContract, RefusesSettingsOnTopOfAVersionThatIsNotTheNewest) {
  set_rules({});
  UpdateSettings stale;
  stale.settings.merchant = merchant();
  stale.settings.version = 1;
  EXPECT_THAT(commit(std::move(stale)), FailsWith(ErrorCode::kConflict));
}

TEST_P(ReturnsContract, LetsOpenReturnsReactToNewSettings) {
  const ReturnView created = create();
  run(one(created), label("T1"));
  returns::CarrierScan delivered;
  delivered.tracking_number = "T1";
  delivered.status = returns::ScanStatus::kDelivered;
  delivered.occurred_at = now();
  ASSERT_TRUE(
      commit(on(merchant(), RunCommand::LabelledReturn{.tracking_number = "T1"}, delivered)));
  returns::Settings rules;
  rules.auto_close = returns::Switch::kOn;
  set_rules(rules);
  const auto reviewed = commit(ReviewReturns{.merchant = merchant()});
  ASSERT_TRUE(reviewed);
  EXPECT_TRUE(reviewed->done);
  EXPECT_EQ(events_of(created.public_id).back().type, EventType::kReturnAutoCloseInitiated);
}

}  // namespace returnflows::contract
