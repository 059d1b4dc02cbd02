#include "returnflows/returns/invariants_test.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/returns/money_invariant_test.h"
#include "returnflows/returns/return_under_test_test.h"

namespace returnflows::returns {
namespace {

bool emits(const Decision& decision, EventType type) {
  return std::ranges::find(decision.events, type, &Event::type) != decision.events.end();
}

class StartsOnce final : public Invariant {  // 1
 public:
  std::string on_event(const Event& event) override {
    const bool is_first = !std::exchange(has_started_, true);
    return is_first == (event.type == EventType::kReturnCreated)
               ? ""
               : "return.created is not exactly the first event";
  }

 private:
  bool has_started_ = false;
};

class EndsOnce final : public Invariant {  // 2
 public:
  std::string on_event(const Event& event) override {
    if (event.type == EventType::kReturnClosed || event.type == EventType::kReturnCanceled)
      return std::exchange(ending_, event.type) ? "a return ended twice" : "";
    return ending_ && !may_follow(event) ? "an event came after the end" : "";
  }

 private:
  bool may_follow(const Event& event) const {
    if (event.type == EventType::kShipmentInTransit || event.type == EventType::kShipmentDelivered)
      return true;
    // Nothing closes what was canceled, so that no close can go well or badly.
    if (ending_ != EventType::kReturnClosed) return false;
    if (const auto* failed = std::get_if<AutoCloseFailedDetail>(&event.detail))
      return failed->failure.phase == FailurePhase::kAfterCloseCheck;
    return event.type == EventType::kReturnAutoCloseCompleted;
  }

  std::optional<EventType> ending_;
};

class GoesForwardInEachRevision final : public Invariant {  // 3
 public:
  std::string on_event(const Event& event) override {
    if (event.type == EventType::kReturnReset) step_ = 0;
    if (event.type == EventType::kReturnCompleted) return advance(1);
    if (event.type == EventType::kReturnProcessed) return advance(2);
    if (event.type == EventType::kReturnClosed) return advance(3);
    return "";
  }

 private:
  std::string advance(int step) {
    return std::exchange(step_, step) == step - 1
               ? ""
               : "completed, processed and closed are not each once and in order";
  }

  int step_ = 0;
};

class HoldsWhilePaused final : public Invariant {  // 4
 public:
  std::string on_event(const Event& event) override {
    if (event.type == EventType::kReturnPaused)
      return std::exchange(is_paused_, true) ? "paused twice" : "";
    if (event.type == EventType::kReturnResumed)
      return std::exchange(is_paused_, false) ? "" : "resumed without a pause";
    const bool goes_on = event.type == EventType::kReturnClosed ||
                         event.type == EventType::kReturnAutoCloseInitiated ||
                         event.type == EventType::kReturnInstantExchange;
    return is_paused_ && goes_on ? "something went on while paused" : "";
  }

 private:
  bool is_paused_ = false;
};

class CountsDownOnceAtATime final : public Invariant {  // 5
 public:
  std::string on_event(const Event& event) override {
    if (event.type == EventType::kReturnAutoCloseInitiated)
      return std::exchange(is_running_, true) ? "two countdowns at once" : "";
    const auto* failed = std::get_if<AutoCloseFailedDetail>(&event.detail);
    const bool ends = event.type == EventType::kReturnAutoCloseCancelled ||
                      event.type == EventType::kReturnAutoCloseCompleted ||
                      (failed != nullptr && failed->failure.phase == FailurePhase::kExecute);
    if (!ends) return "";
    return std::exchange(is_running_, false) ? "" : "no countdown was running";
  }

  std::string on_decision(const Decision& decision, const Command&) override {
    const bool runs = decision.state.auto_close.status == AutoCloseStatus::kCountingDown ||
                      decision.state.auto_close.status == AutoCloseStatus::kExecuting;
    return runs == is_running_ ? "" : "a countdown began or ended without its event";
  }

 private:
  bool is_running_ = false;
};

class CompletesRightAfterTheClose final : public Invariant {  // 6
 public:
  std::string on_event(const Event& event) override {
    const bool follows = std::exchange(last_, event.type) == EventType::kReturnClosed;
    return event.type != EventType::kReturnAutoCloseCompleted || follows
               ? ""
               : "auto_close_completed does not follow its closed";
  }

 private:
  std::optional<EventType> last_;
};

class ShipsInOrder final : public Invariant {  // 7
 public:
  std::string on_event(const Event& event) override {
    if (event.type == EventType::kReturnInstantExchange)
      return in_transit_.empty()                   ? "an exchange came before the hand-in"
             : std::exchange(has_exchanged_, true) ? "an exchange was released twice"
                                                   : "";
    if (event.type == EventType::kShipmentInTransit)
      return in_transit_.insert(shipment(event)).second ? "" : "a shipment was handed in twice";
    if (event.type == EventType::kShipmentDelivered)
      return !in_transit_.contains(shipment(event))      ? "delivered came before in_transit"
             : delivered_.insert(shipment(event)).second ? ""
                                                         : "a shipment was delivered twice";
    return "";
  }

 private:
  static std::string shipment(const Event& event) {
    return std::get<ShipmentDetail>(event.detail).shipment_id;
  }

  std::set<std::string> in_transit_;
  std::set<std::string> delivered_;
  bool has_exchanged_ = false;
};

class SkipsNothing final : public Invariant {  // 8
 public:
  std::string on_event(const Event& event) override {
    const bool is_known = event.previous_status == status_;
    status_ = event.snapshot.lifecycle;
    const bool is_counted = event.snapshot.event_count == ++event_count_;
    return is_known && is_counted ? "" : "a status changed without its event";
  }

  std::string on_decision(const Decision& decision, const Command&) override {
    return decision.state.lifecycle == status_ ? "" : "a decision left a status without an event";
  }

 private:
  Lifecycle status_ = Lifecycle::kNone;
  std::int64_t event_count_ = 0;
};

class PaysOnce final : public Invariant {  // 9
 public:
  std::string on_event(const Event& event) override {
    if (event.type == EventType::kReturnCanceled && !paid_.empty())
      return "a return was canceled after money had left";
    return "";
  }

  std::string on_decision(const Decision& decision, const Command& command) override {
    if (const auto* done = std::get_if<PayoutSucceeded>(&command.body);
        done != nullptr && asked_.contains({done->revision, done->payout_id}))
      paid_.insert({done->revision, done->payout_id});
    if (const auto* failed = std::get_if<PayoutFailed>(&command.body))
      note_failure({failed->revision, failed->payout_id}, failed->outcome);
    for (const PayoutRequest& request : decision.payouts) {
      const Key key{request.revision, request.payout_id};
      if (request.action == PayoutAction::kAsk) continue;
      if (paid_.contains(key)) return "a payout that succeeded was asked for again";
      if (!asked_.insert(key).second) return "a payout was asked for while it was under way";
      if (unknown_.contains(key) && request.action == PayoutAction::kExecute)
        return "a payout of unknown outcome was tried again without asking";
    }
    return "";
  }

 private:
  using Key = std::pair<std::int64_t, std::string>;

  void note_failure(const Key& key, PayoutOutcome outcome) {
    if (asked_.erase(key) == 0) return;
    // Refused after it was asked for again: now its outcome is known.
    if (outcome == PayoutOutcome::kUnknown)
      unknown_.insert(key);
    else
      unknown_.erase(key);
  }

  std::set<Key> asked_;  // Under way, or paid.
  std::set<Key> paid_;
  std::set<Key> unknown_;
};

class ClosesOnlyWhatIsPaid final : public Invariant {  // 10
 public:
  std::string on_event(const Event& event) override {
    if (event.type != EventType::kReturnClosed) return "";
    const bool is_paid = std::ranges::all_of(event.snapshot.payouts, [](const Payout& payout) {
      // Canceled are those of which the decisions about items left nothing.
      return payout.status == PayoutStatus::kSucceeded || payout.status == PayoutStatus::kCanceled;
    });
    return is_paid ? "" : "a return was closed with a payout that has not succeeded";
  }

  std::string on_decision(const Decision& decision, const Command& command) override {
    if (const auto* done = std::get_if<PayoutSucceeded>(&command.body)) {
      asked_.erase({done->revision, done->payout_id});
      unknown_.erase({done->revision, done->payout_id});
    }
    if (const auto* failed = std::get_if<PayoutFailed>(&command.body)) note_failure(*failed);
    for (const PayoutRequest& request : decision.payouts)
      if (request.action != PayoutAction::kAsk)
        asked_.insert({request.revision, request.payout_id});
    const bool closes = emits(decision, EventType::kReturnClosed);
    return closes && !unknown_.empty()
               ? "a return was closed over a payout that nobody knows to be made"
               : "";
  }

 private:
  using Key = std::pair<std::int64_t, std::string>;

  // Only the answer to what was asked counts.
  void note_failure(const PayoutFailed& failed) {
    const Key key{failed.revision, failed.payout_id};
    if (asked_.erase(key) == 0) return;
    if (failed.outcome == PayoutOutcome::kUnknown)
      unknown_.insert(key);
    else
      unknown_.erase(key);
  }

  std::set<Key> asked_;
  std::set<Key> unknown_;
};

class WaitsForStaffAfterAFailure final : public Invariant {  // 11
 public:
  std::string on_event(const Event&) override { return ""; }

  std::string on_decision(const Decision& decision, const Command& command) override {
    if (std::holds_alternative<RearmAutoClose>(command.body) ||
        std::holds_alternative<ResetReturn>(command.body))
      must_wait_ = false;
    if (const auto* done = std::get_if<PayoutSucceeded>(&command.body))
      asked_.erase({done->revision, done->payout_id});
    if (const auto* failed = std::get_if<PayoutFailed>(&command.body);
        failed != nullptr && asked_.erase({failed->revision, failed->payout_id}) > 0)
      must_wait_ = true;
    for (const PayoutRequest& request : decision.payouts)
      if (request.action != PayoutAction::kAsk)
        asked_.insert({request.revision, request.payout_id});
    const bool starts = emits(decision, EventType::kReturnAutoCloseInitiated);
    return starts && must_wait_ ? "a countdown started by itself after a failed payout" : "";
  }

 private:
  std::set<std::pair<std::int64_t, std::string>> asked_;
  bool must_wait_ = false;
};

}  // namespace

std::vector<std::unique_ptr<Invariant>> all_invariants() {
  std::vector<std::unique_ptr<Invariant>> all;
  all.push_back(std::make_unique<StartsOnce>());
  all.push_back(std::make_unique<EndsOnce>());
  all.push_back(std::make_unique<GoesForwardInEachRevision>());
  all.push_back(std::make_unique<HoldsWhilePaused>());
  all.push_back(std::make_unique<CountsDownOnceAtATime>());
  all.push_back(std::make_unique<CompletesRightAfterTheClose>());
  all.push_back(std::make_unique<ShipsInOrder>());
  all.push_back(std::make_unique<SkipsNothing>());
  all.push_back(std::make_unique<PaysOnce>());
  all.push_back(std::make_unique<ClosesOnlyWhatIsPaid>());
  all.push_back(std::make_unique<WaitsForStaffAfterAFailure>());
  all.push_back(money_invariant());
  return all;
}

namespace {

// What the invariants say of a story that was made up, event by event: they must not let it pass.
std::string broken_by(const std::vector<Event>& events) {
  std::string broken;
  for (const auto& invariant : all_invariants())
    for (const Event& event : events)
      if (std::string sentence = invariant->on_event(event); broken.empty())
        broken = std::move(sentence);
  return broken;
}

TEST(Invariant, LetsNoAutoCloseCompleteAfterACancellation) {
  ReturnUnderTest subject;
  subject.create();
  subject.give(CancelReturn{});
  std::vector<Event> events = subject.events();
  ASSERT_EQ(broken_by(events), "");
  Event completed = events.back();
  completed.type = EventType::kReturnAutoCloseCompleted;
  completed.detail = AutoCloseCompletedDetail{};
  events.push_back(completed);
  EXPECT_EQ(broken_by(events), "an event came after the end");
}

TEST(Invariant, LetsNoReturnCloseWithAnUnpaidPayout) {
  ReturnUnderTest subject;
  subject.create();
  subject.give(CloseReturn{});
  std::vector<Event> events = subject.events();
  ASSERT_EQ(broken_by(events), "");
  events.back().snapshot.payouts.front().status = PayoutStatus::kFailed;
  EXPECT_EQ(broken_by(events), "a return was closed with a payout that has not succeeded");
}

}  // namespace

}  // namespace returnflows::returns
