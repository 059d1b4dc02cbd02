#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/returns/command_body.h"
#include "returnflows/returns/decision.h"
#include "returnflows/returns/return_draft.h"

namespace returnflows::returns {
namespace {

void check_refused(const Error& error) {
  RF_CHECK(!error.detail.empty());
  RF_CHECK(!error.fields.empty() && error.fields.size() <= limits::kFieldErrorsMax);
  for (const FieldError& field : error.fields) {
    RF_CHECK(field.pointer.empty() || field.pointer.starts_with('/'));
    RF_CHECK(!field.detail.empty());
  }
}

std::int64_t paid_out(const ReturnState& state) {
  std::int64_t sum = 0;
  for (const Payout& payout : state.payouts) {
    RF_CHECK(payout.amount.minor >= 0);
    sum += payout.amount.minor;
  }
  return sum;
}

std::int64_t promised(const ReturnTotals& totals) {
  for (const Money money : {totals.items_value,
                            totals.items_tax,
                            totals.refund_total,
                            totals.gift_card_total,
                            totals.exchange_credit,
                            totals.customer_owes})
    RF_CHECK(money.minor >= 0);
  return totals.refund_total.minor + totals.gift_card_total.minor;
}

ReturnState take(ReturnState state, CommandBody body) {
  const Command command{.body = std::move(body), .actor = {}, .correlation_id = {}};
  auto outcome = decide(std::move(state), command, Timestamp{}, Settings{});
  RF_CHECK(outcome.has_value());
  return std::move(outcome->state);
}

// A return that was taken must live to its end with whatever amounts it has.
void check_accepted(ReturnDraft draft) {
  RF_CHECK(draft.creation.facts != nullptr);
  const ReturnFacts& facts = *draft.creation.facts;
  RF_CHECK(!facts.items.empty() && facts.items.size() <= limits::kReturnItemsMax);
  draft.creation.return_id = "ret_1";
  ReturnState state = take({}, draft.creation);
  RF_CHECK(paid_out(state) == promised(facts.totals));
  if (!state.payment.is_settled()) state = take(std::move(state), SettlePayment{});
  ProcessReturn rejection;
  for (std::size_t i = 0; i < facts.items.size(); i += 2)
    rejection.items.push_back({.item_id = facts.items[i].id, .decision = ItemDecision::kRejected});
  const ReturnState rejected = take(state, std::move(rejection));
  RF_CHECK(paid_out(rejected) == promised(*rejected.processed_totals));
  const ReturnState accepted = take(state, ProcessReturn{});
  RF_CHECK(*accepted.processed_totals == facts.totals);
  RF_CHECK(take(rejected, CloseReturn{}).lifecycle == Lifecycle::kClosed);
}

}  // namespace
}  // namespace returnflows::returns

// The bodies of the returns API: that of a new return, of each command, and of a scan.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;
  using namespace returnflows::returns;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (auto draft = parse_return_draft(body))
    check_accepted(std::move(*draft));
  else
    check_refused(draft.error());
  for (std::size_t i = 0; i < kCommandNameCount; ++i) {
    const auto name = static_cast<CommandName>(i);
    const auto command = parse_command(name, body);
    if (command)
      RF_CHECK(name_of(command->body) == name);
    else
      check_refused(command.error());
  }
  if (const auto scan = parse_scan(body))
    RF_CHECK(!scan->tracking_number.empty());
  else
    check_refused(scan.error());
  return 0;
}
