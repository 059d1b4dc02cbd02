#include "returnflows/dispatch/payout_exchange.h"

#include <utility>

#include "returnflows/dispatch/payout_request.h"

namespace returnflows {
namespace {

using returns::PayoutAction;

bool must_ask_first(const PayoutOrder& order) {
  return order.request.action != PayoutAction::kExecute || order.attempts_made > 0;
}

}  // namespace

PayoutExchange::PayoutExchange(const Surroundings& surroundings, PayoutProvider provider)
    : surroundings_(surroundings), provider_(std::move(provider)) {}

Task<std::optional<PayoutAnswer>> PayoutExchange::run(const DuePayout* due) {
  if (must_ask_first(due->order)) {
    std::optional<PayoutAnswer> known = co_await ask(due);
    const bool is_to_be_made = known && known->kind == PayoutAnswer::Kind::kUnknown &&
                               due->order.request.action != PayoutAction::kAsk;
    if (!is_to_be_made) co_return known;
  }
  if (stopping_) co_return std::nullopt;
  const std::optional<Attempt> ordered = co_await send(Question::kPleasePay, due);
  if (!ordered) co_return std::nullopt;
  co_return judge_payout_order(*ordered);
}

Task<std::optional<PayoutAnswer>> PayoutExchange::ask(const DuePayout* due) {
  const std::optional<Attempt> asked = co_await send(Question::kWhatCameOfIt, due);
  if (!asked) co_return std::nullopt;
  PayoutAnswer answer = judge_payout_question(*asked);
  answer.may_have_arrived = false;
  co_return answer;
}

Task<std::optional<Attempt>> PayoutExchange::send(Question question, const DuePayout* due) {
  render(question, *due);
  connection_.emplace(Connection::Surroundings{.executor = surroundings_.executor,
                                               .resolver = surroundings_.resolver,
                                               .egress = surroundings_.egress,
                                               .tls = surroundings_.tls,
                                               .session = session_});
  const Monotonic deadline = monotonic_now() + surroundings_.request_timeout;
  std::optional<Attempt> attempt =
      co_await connection_->exchange(provider_.url, &request_, deadline);
  connection_->close();
  co_return attempt;
}

void PayoutExchange::render(Question question, const DuePayout& due) {
  const std::string key = payout_key(due.order.request);
  const auto now =
      std::chrono::floor<std::chrono::seconds>(surroundings_.clock.real_now()).time_since_epoch();
  const PayoutRequestParts parts{.target = provider_.url->target,
                                 .host_header = provider_.url->host_header,
                                 .user_agent = surroundings_.user_agent,
                                 .key = key,
                                 .timestamp_seconds = now.count(),
                                 .signer = &provider_.signer};
  request_.clear();
  if (question == Question::kWhatCameOfIt) {
    append_payout_question(request_, parts);
    return;
  }
  append_payout_order(
      request_, parts, {.payout_json = due.payout_json, .snapshot_json = due.snapshot_json});
}

void PayoutExchange::sweep(Monotonic now) {
  if (connection_) connection_->sweep(now);
}

void PayoutExchange::abort() {
  if (connection_) connection_->abort();
}

}  // namespace returnflows
