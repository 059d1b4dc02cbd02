#include "returnflows/dispatch/lane.h"

#include <algorithm>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/dispatch/request_head.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

// Pause before something that failed for a reason of ours is tried again: it is in the log, and
// people have to act.
constexpr std::chrono::seconds kOwnFaultPause{30};

constexpr std::string_view kGoneReason =
    "the endpoint answered 410 Gone, which says that it wants no more events";

std::int64_t seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string_view result_label(const Verdict& verdict, const Attempt& attempt) {
  if (verdict.delivered) return "delivered";
  if (attempt.result != AttemptResult::kAnswered) return attempt_result_name(attempt.result);
  switch (attempt.status / 100) {
    case 2:
      return "http_2xx";
    case 3:
      return "http_3xx";
    case 4:
      return "http_4xx";
    default:
      return "http_5xx";
  }
}

std::optional<Timestamp> later(std::optional<Timestamp> one, std::optional<Timestamp> other) {
  if (!one) return other;
  if (!other) return one;
  return std::max(*one, *other);
}

}  // namespace

Lane::Lane(EndpointId id, const Parts& parts, const MakeSender& make_sender)
    : id_(id),
      parts_(parts),
      endpoint_(parts.catalog.find(id)),
      deleted_(endpoint_ == nullptr),
      failing_(id, endpoint_ ? endpoint_->failing_since : std::nullopt),
      window_(parts.budget),
      sender_(make_sender(*this)) {}

std::string Lane::public_id() const {
  if (!endpoint_) return std::to_string(id_.value);
  return parts_.ids.encode(IdPrefix::kEndpoint, id_, endpoint_->created_at);
}

void Lane::submission_begins() {
  ++submissions_;
  parts_.activity.begin();
}

void Lane::submission_ends() {
  --submissions_;
  parts_.activity.end();
}

bool Lane::is_finished() const {
  return deleted_ && rest_canceled_ && in_flight_ == 0 && submissions_ == 0 && sender_->is_quiet();
}

void Lane::arrive(DueDelivery due) {
  if (!deleted_) window_.arrive(std::move(due));
}

void Lane::endpoint_changed(std::shared_ptr<const Endpoint> endpoint) {
  if (!endpoint) {
    deleted_ = true;
    window_.forget_all();
    sender_->close_idle();
    return;
  }
  if (endpoint_ && starts_afresh(*endpoint_, *endpoint)) {
    breaker_.reset();
    failing_.reset();
    breaker_was_open_ = false;
    hold_until_.reset();
    window_.hold_few(false);
  }
  endpoint_ = std::move(endpoint);
  identity_.reset();
  blocked_until_.reset();
  if (endpoint_->state == EndpointState::kActive) return;
  // Memory is for those who are sent to; what is owed stays in the store.
  window_.shed(0);
  sender_->close_idle();
}

bool Lane::may_send() const {
  return !stopping_ && !deleted_ && endpoint_ && endpoint_->state == EndpointState::kActive &&
         !disable_reason_;
}

std::size_t Lane::slots_left(Timestamp now) const {
  const std::size_t allowed = breaker_.allowed_in_flight(now);
  return allowed - std::min(allowed, in_flight_);
}

void Lane::pump() {
  // A request that fails at once reports from inside start(): the loop below goes on then.
  if (std::exchange(pumping_, true)) {
    pump_again_ = true;
    return;
  }
  do {
    pump_again_ = false;
    const Timestamp now = parts_.clock.now();
    if (deleted_) cancel_rest();
    if (disable_reason_) disable();
    if (!may_send()) break;
    note_breaker();
    while (may_send() && window_.has_due(now) && slots_left(now) > 0 && prepare(now)) {
      if (!parts_.host.claim_slot(in_flight_ == 0)) {
        parts_.host.wake_when_free(id_);
        break;
      }
      start(*window_.next(now), now);
    }
    load(now);
    arm(now);
  } while (pump_again_);
  pumping_ = false;
}

void Lane::alarm() {
  armed_for_.reset();
  pump();
}

// Asks to be woken for whatever comes next by time alone. What waits for an answer, a slot or a
// commit is pumped by that.
void Lane::arm(Timestamp now) {
  const std::optional<Timestamp> due = next_due();
  if (!due || *due <= now || (armed_for_ && *armed_for_ <= *due)) return;
  armed_for_ = due;
  parts_.host.wake_at(id_, *due);
}

std::optional<Timestamp> Lane::next_due() const {
  if (!may_send()) return std::nullopt;
  const Timestamp now = parts_.clock.now();
  std::optional<Timestamp> due = window_.next_due(now);
  if (!due) return std::nullopt;
  if (window_.queued() == 0) due = later(due, load_blocked_until_);
  due = later(due, blocked_until_);
  return later(due, breaker_.sends_again_at(now));
}

void Lane::note_second() {
  window_.note_second();
  if (deleted_ || disable_reason_) pump();
}

void Lane::stop() {
  stopping_ = true;
  sender_->close_idle();
}

// --- One attempt ---

// Makes what the current version needs for sending. False when the endpoint cannot be sent to for
// a fault of ours, which must not cost its deliveries an attempt.
bool Lane::prepare(Timestamp now) {
  if (blocked_until_ && *blocked_until_ > now) return false;
  const bool rotation_over =
      identity_ && identity_->previous_signer && endpoint_->previous_secret_until <= now;
  if (rotation_over) identity_->previous_signer.reset();
  if (identity_) return true;
  const Status made = make_identity();
  if (made) return true;
  identity_.reset();
  blocked_until_ = now + kOwnFaultPause;
  log_line(LogLevel::kError,
           "an endpoint's secret cannot be used; its deliveries wait",
           {{"endpoint", public_id()}, {"reason", made.error().detail}});
  return false;
}

Status Lane::make_identity() {
  Identity identity;
  Result<EndpointUrl> url = parse_endpoint_url(endpoint_->url, parts_.egress);
  if (url) {
    identity.url = std::make_shared<const EndpointUrl>(std::move(*url));
    sender_->point_at(identity.url);
  } else {
    identity.url_refusal = url.error().detail;
  }
  RF_TRY(const Secret secret, parts_.secrets.open(endpoint_->secret, id_));
  RF_TRY(identity.signer, Signer::make(secret));
  const bool rotating =
      !endpoint_->previous_secret.empty() && endpoint_->previous_secret_until > parts_.clock.now();
  if (rotating) {
    RF_TRY(const Secret previous, parts_.secrets.open(endpoint_->previous_secret, id_));
    RF_TRY(identity.previous_signer, Signer::make(previous));
  }
  identity_ = std::move(identity);
  return {};
}

void Lane::start(const DueDelivery& due, Timestamp now) {
  ++in_flight_;
  parts_.activity.begin();
  const int attempt_number = due.attempts_made + 1;
  if (!identity_->url) {
    Attempt attempt;
    attempt.number = attempt_number;
    attempt.started_at = now;
    attempt.result = AttemptResult::kBadUrl;
    attempt.error_detail = identity_->url_refusal;
    request_finished(due.id, std::move(attempt), {});
    return;
  }
  sender_->send(OutgoingRequest{.delivery = due.id,
                                .attempt_number = attempt_number,
                                .started_at = now,
                                .bytes = render(due, attempt_number),
                                .deadline = monotonic_now() + endpoint_->attempt_timeout});
}

std::string Lane::render(const DueDelivery& due, int attempt_number) {
  const std::string delivery_id = parts_.ids.encode(IdPrefix::kDelivery, due.id, due.created_at);
  std::string bytes = std::exchange(spare_buffer_, {});
  bytes.clear();
  const Signer* previous = identity_->previous_signer ? &*identity_->previous_signer : nullptr;
  append_request(bytes,
                 {.target = identity_->url->target,
                  .host_header = identity_->url->host_header,
                  .user_agent = parts_.user_agent,
                  .event_id = due.event->public_id,
                  .event_type = event_type_name(due.event->type),
                  .delivery_id = delivery_id,
                  .attempt_number = attempt_number,
                  .timestamp_seconds = seconds_of(parts_.clock.real_now()),
                  .body = due.event->body,
                  .signer = &*identity_->signer,
                  .previous_signer = previous});
  return bytes;
}

void Lane::request_finished(DeliveryId delivery, Attempt attempt, std::string buffer) {
  spare_buffer_ = std::move(buffer);
  --in_flight_;
  parts_.host.release_slot();
  const DueDelivery* due = window_.find(delivery);
  RF_CHECK(due != nullptr);
  const Timestamp now = parts_.clock.now();
  Verdict verdict = classify(attempt, endpoint_->success, now);
  const double unit = verdict.delivered ? 0.5 : parts_.random.unit();
  judge(verdict, attempt, now, unit);
  window_.settling(delivery);
  submit_settle(*due, std::move(attempt), std::move(verdict), unit);
  if (failing_.lasts_too_long(now)) want_disabled(failing_.reason());
  pump();
}

// The outcome is unknown: the delivery stays as it is in the store, and in the window, since this
// process is stopping.
void Lane::request_abandoned(DeliveryId) {
  --in_flight_;
  parts_.host.release_slot();
  parts_.activity.end();
}

// What the attempt means for the endpoint.
void Lane::judge(const Verdict& verdict, const Attempt& attempt, Timestamp now, double unit) {
  count(verdict, attempt);
  breaker_.record(verdict,
                  {.started_at = attempt.started_at,
                   .ended_at = now,
                   .delays = endpoint_->retry_delays,
                   .unit = unit});
  if (verdict.hold_endpoint && !verdict.delivered) {
    hold_until_ = later(hold_until_, now + *verdict.hold_endpoint);
    log_line(
        LogLevel::kWarning,
        "an endpoint asked for a pause by Retry-After",
        {{"endpoint", public_id()}, {"seconds", std::int64_t{verdict.hold_endpoint->count()}}});
  }
  if (verdict.disable_endpoint) want_disabled(std::string{kGoneReason});
  note_breaker();
}

// Nothing more is sent; pump() has it written.
void Lane::want_disabled(std::string reason) {
  if (disable_reason_ || deleted_ || endpoint_->state != EndpointState::kActive) return;
  disable_reason_ = std::move(reason);
}

void Lane::note_breaker() {
  const bool open = breaker_.open();
  if (open == std::exchange(breaker_was_open_, open)) return;
  window_.hold_few(open);
  if (open) window_.shed(limits::kLaneShareMin);
  log_line(open ? LogLevel::kWarning : LogLevel::kInfo,
           open ? "an endpoint keeps failing: one probe at a time from now on"
                : "an endpoint answers again",
           {{"endpoint", public_id()}});
}

void Lane::count(const Verdict& verdict, const Attempt& attempt) const {
  const std::string_view label = result_label(verdict, attempt);
  parts_.metrics.attempt_finished(label, attempt.timings.total);
  if (!log_enabled(LogLevel::kDebug)) return;
  log_line(LogLevel::kDebug,
           "attempt",
           {{"endpoint", public_id()},
            {"result", label},
            {"status", std::int64_t{attempt.status}},
            {"number", std::int64_t{attempt.number}},
            {"total_us", std::int64_t{attempt.timings.total.count()}},
            {"address", std::string_view{attempt.remote_address}},
            {"sentence", std::string_view{verdict.sentence}}});
}

void Lane::submit_settle(const DueDelivery& due, Attempt attempt, Verdict verdict, double unit) {
  SettleAttempt settle{.delivery = due.id,
                       .attempt = std::move(attempt),
                       .sentence = std::move(verdict.sentence),
                       .next_state = DeliveryState::kDelivered,
                       .failing_mark = failing_.record(verdict.delivered, parts_.clock.now())};
  if (!verdict.delivered) {
    const auto again =
        next_attempt_at({.delays = endpoint_->retry_delays,
                         .attempt_number = settle.attempt.number - due.attempts_before_schedule,
                         .now = parts_.clock.now(),
                         .hold_until = hold_until_,
                         .unit = unit});
    settle.next_state = again ? DeliveryState::kWaiting : DeliveryState::kExhausted;
    settle.next_attempt_at = again.value_or(Timestamp{});
  }
  const Settling asked{.delivery = settle.delivery,
                       .attempt_number = settle.attempt.number,
                       .retry_at = settle.next_attempt_at};
  ++submissions_;  // Its activity began with the attempt.
  parts_.journal.submit(
      std::move(settle), parts_.shard, [this, asked](const Result<DeliveryState>& answer) {
        settle_answered(asked, answer);
        submission_ends();
      });
}

void Lane::settle_answered(const Settling& asked, const Result<DeliveryState>& answer) {
  const Timestamp now = parts_.clock.now();
  if (!answer) {
    // The disk has failed, or the server stops: the process ends, and the delivery goes again.
    if (answer.error().code == ErrorCode::kUnavailable ||
        answer.error().code == ErrorCode::kCancelled) {
      return;
    }
    log_line(LogLevel::kError,
             "an attempt could not be recorded",
             {{"endpoint", public_id()}, {"reason", std::string_view{answer.error().detail}}});
    window_.settled(asked.delivery, asked.attempt_number, std::nullopt, now);
    pump();
    return;
  }
  if (*answer == DeliveryState::kDelivered) {
    parts_.metrics.delivery_settled("delivered");
    parts_.metrics.delivered_after(
        std::max(now - window_.find(asked.delivery)->created_at, std::chrono::milliseconds{0}));
  }
  if (*answer == DeliveryState::kExhausted) parts_.metrics.delivery_settled("exhausted");
  const bool waits = *answer == DeliveryState::kWaiting && !deleted_;
  window_.settled(asked.delivery,
                  asked.attempt_number,
                  waits ? std::optional(asked.retry_at) : std::nullopt,
                  now);
  if (!may_send() && !stopping_) window_.shed(0);
  pump();
}

// --- The store ---

void Lane::load(Timestamp now) {
  if (load_blocked_until_ && *load_blocked_until_ > now) return;
  load_blocked_until_.reset();
  if (const auto plan = window_.plan_waiting_load(now)) load_waiting(*plan);
  if (const auto plan = window_.plan_ready_load()) load_ready(*plan);
}

void Lane::load_ready(LaneWindow::ReadyPlan plan) {
  submission_begins();
  parts_.journal.load<DeliveryQueue::Loaded>(
      [id = id_, plan](DeliveryQueue& queue) {
        return queue.load_ready({.endpoint = id,
                                 .after = plan.after,
                                 .count_max = plan.count_max,
                                 .bytes_max = plan.bytes_max});
      },
      parts_.shard,
      [this, plan](Result<DeliveryQueue::Loaded> loaded) {
        if (loaded) {
          window_.ready_loaded(plan, std::move(*loaded));
        } else {
          window_.ready_load_failed();
          load_failed(loaded.error());
        }
        pump();
        submission_ends();
      });
}

void Lane::load_waiting(LaneWindow::WaitingPlan plan) {
  using Answer = LaneWindow::WaitingLoaded;
  submission_begins();
  parts_.journal.load<Answer>(
      [id = id_, plan](DeliveryQueue& queue) -> Result<Answer> {
        Answer answer;
        RF_TRY(answer.loaded,
               queue.load_waiting({.endpoint = id,
                                   .due_until = plan.due_until,
                                   .count_max = plan.count_max,
                                   .bytes_max = plan.bytes_max}));
        if (answer.loaded.deliveries.empty()) {
          RF_TRY(answer.next_at, queue.next_waiting_at(id));
        }
        return answer;
      },
      parts_.shard,
      [this, plan](Result<Answer> answer) {
        const Timestamp now = parts_.clock.now();
        if (answer) {
          window_.waiting_loaded(plan, std::move(*answer), now);
        } else {
          window_.waiting_load_failed(now + kOwnFaultPause);
          load_failed(answer.error());
        }
        pump();
        submission_ends();
      });
}

void Lane::load_failed(const Error& error) {
  load_blocked_until_ = parts_.clock.now() + kOwnFaultPause;
  if (error.code == ErrorCode::kCancelled) return;
  log_line(LogLevel::kError,
           "waiting deliveries of an endpoint cannot be read",
           {{"endpoint", public_id()}, {"reason", std::string_view{error.detail}}});
}

// 410 Gone, or failing for days. Somebody may have changed the endpoint meanwhile: then their
// version, which the commit report brought before our refusal, is disabled instead, unless they
// have paused it.
void Lane::disable() {
  if (disable_under_way_ || deleted_ || stopping_) return;
  if (endpoint_->state != EndpointState::kActive) {
    disable_reason_.reset();
    return;
  }
  Endpoint next = *endpoint_;
  next.state = EndpointState::kDisabled;
  next.disabled_reason = *disable_reason_;
  next.updated_at = parts_.clock.now();
  ++next.version;
  disable_under_way_ = true;
  submission_begins();
  parts_.journal.submit(
      UpdateEndpoint{.endpoint = std::move(next)},
      parts_.shard,
      [this](const Result<std::shared_ptr<const Endpoint>>& answer) {
        disable_under_way_ = false;
        if (answer) {
          log_line(LogLevel::kWarning,
                   "an endpoint was disabled",
                   {{"endpoint", public_id()}, {"reason", std::string_view{*disable_reason_}}});
        }
        const bool again = !answer && (answer.error().code == ErrorCode::kConflict ||
                                       answer.error().code == ErrorCode::kOverloaded);
        if (!again) disable_reason_.reset();
        // A full journal is asked again by note_second().
        if (!answer && answer.error().code == ErrorCode::kConflict) pump();
        submission_ends();
      });
}

// What a deleted endpoint was still owed, a bounded number at a time.
void Lane::cancel_rest() {
  if (rest_canceled_ || cancel_under_way_ || stopping_) return;
  cancel_under_way_ = true;
  submission_begins();
  parts_.journal.submit(CancelEndpointDeliveries{.endpoint = id_},
                        parts_.shard,
                        [this](const Result<CancelEndpointDeliveries::Outcome>& answer) {
                          cancel_under_way_ = false;
                          if (answer) {
                            rest_canceled_ = answer->done;
                            for (std::size_t i = 0; i < answer->canceled; ++i) {
                              parts_.metrics.delivery_settled("canceled");
                            }
                            pump();
                          }
                          submission_ends();
                        });
}

}  // namespace returnflows
