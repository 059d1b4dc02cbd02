#include "returnflows/returns/invariants_test.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "returnflows/returns/money_invariant_test.h"

namespace returnflows::returns {
namespace {

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
      return std::exchange(has_ended_, true) ? "a return ended twice" : "";
    return has_ended_ && !may_follow(event) ? "an event came after the end" : "";
  }

 private:
  static bool may_follow(const Event& event) {
    if (const auto* failed = std::get_if<AutoCloseFailedDetail>(&event.detail))
      return failed->failure.phase == FailurePhase::kAfterCloseCheck;
    return event.type == EventType::kReturnAutoCloseCompleted ||
           event.type == EventType::kShipmentInTransit ||
           event.type == EventType::kShipmentDelivered;
  }

  bool has_ended_ = false;
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
  all.push_back(money_invariant());
  return all;
}

}  // namespace returnflows::returns
