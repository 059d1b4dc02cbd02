#include "returnflows/dispatch/memory_payouts.h"

#include <algorithm>
#include <utility>

namespace returnflows {

PayoutOrder MemoryPayouts::order(std::int64_t return_id,
                                 returns::PayoutAction action,
                                 int attempts_made) {
  return {.id = {return_id},
          .merchant = kMerchant,
          .request = {.action = action,
                      .return_id = "ret_" + std::to_string(return_id),
                      .revision = 1,
                      .payout_id = "pay"},
          .attempts_made = attempts_made};
}

void MemoryPayouts::put(PayoutOrder order, std::optional<ProviderAddress> ordered_from) {
  const std::scoped_lock lock(mutex_);
  if (ordered_from) ordered_from_[order.id] = std::move(*ordered_from);
  orders_[order.id] = std::move(order);
}

void MemoryPayouts::set_provider(std::string url, SealedSecret secret) {
  const std::scoped_lock lock(mutex_);
  settings_.payouts_url = std::move(url);
  settings_.payouts_secret = std::move(secret);
}

std::vector<ReportPayout> MemoryPayouts::reports() const {
  const std::scoped_lock lock(mutex_);
  return reports_;
}

std::vector<PayoutOrder> MemoryPayouts::orders() const {
  const std::scoped_lock lock(mutex_);
  std::vector<PayoutOrder> all;
  for (const auto& [id, order] : orders_) {
    all.push_back(order);
  }
  return all;
}

void MemoryPayouts::refuse_reports(int count) {
  const std::scoped_lock lock(mutex_);
  refused_reports_ = count;
}

void MemoryPayouts::fail_loads(int count) {
  const std::scoped_lock lock(mutex_);
  failed_loads_ = count;
}

void MemoryPayouts::after_load(std::function<void()> hook) {
  const std::scoped_lock lock(mutex_);
  after_load_ = std::move(hook);
}

Status MemoryPayouts::begin(Timestamp now) {
  const std::scoped_lock lock(mutex_);
  now_ = now;
  return {};
}

Result<CommitReport> MemoryPayouts::commit() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(report_, {});
}

Result<RunCommand::Outcome> MemoryPayouts::apply(RunCommand& transition) {
  const std::scoped_lock lock(mutex_);
  const ReturnId id = std::get<RunCommand::OneReturn>(transition.target).id;
  PayoutOrder made = order(id.value);
  made.next_attempt_at = now_;
  orders_[id] = std::move(made);
  report_.first_payout = now_;
  return RunCommand::Outcome{};
}

Result<ReportPayout::Outcome> MemoryPayouts::apply(ReportPayout& transition) {
  const std::scoped_lock lock(mutex_);
  if (refused_reports_ > 0) {
    --refused_reports_;
    return fail(ErrorCode::kOverloaded, "the queue is full");
  }
  reports_.push_back(transition);
  if (transition.moves_to_present_provider) {
    ordered_from_[transition.id] = {.url = settings_.payouts_url,
                                    .secret = settings_.payouts_secret};
  }
  if (!transition.ask_again_at) {
    orders_.erase(transition.id);
    return ReportPayout::Outcome{};
  }
  PayoutOrder& put_off = orders_.at(transition.id);
  put_off.attempts_made = transition.attempts_made;
  put_off.next_attempt_at = *transition.ask_again_at;
  report_.first_payout =
      std::min(report_.first_payout.value_or(*transition.ask_again_at), *transition.ask_again_at);
  return ReportPayout::Outcome{};
}

Result<std::vector<DuePayout>> MemoryPayouts::due_payouts(Timestamp until, std::size_t count_max) {
  std::vector<DuePayout> due;
  std::function<void()> hook;
  {
    const std::scoped_lock lock(mutex_);
    if (failed_loads_ > 0) {
      --failed_loads_;
      return fail(ErrorCode::kUnavailable, "the disk is slow");
    }
    for (const auto& [id, order] : orders_) {
      if (order.next_attempt_at > until) continue;
      const auto from = ordered_from_.find(id);
      due.push_back(
          {.order = order,
           .ordered_from = from == ordered_from_.end() ? std::nullopt : std::optional(from->second),
           .payout_json = R"({"id":"pay"})",
           .snapshot_json = R"({"id":")" + order.request.return_id + R"("})"});
    }
    hook = after_load_;
  }
  if (hook) hook();
  std::ranges::sort(due, {}, [](const DuePayout& payout) {
    return std::pair(payout.order.next_attempt_at, payout.order.id);
  });
  if (due.size() > count_max) due.resize(count_max);
  return due;
}

std::shared_ptr<const MerchantSettings> MemoryPayouts::settings_of(MerchantId) const {
  const std::scoped_lock lock(mutex_);
  return std::make_shared<const MerchantSettings>(settings_);
}

}  // namespace returnflows
