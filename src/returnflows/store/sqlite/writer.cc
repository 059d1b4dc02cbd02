#include "returnflows/store/sqlite/writer.h"

#include <algorithm>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"

namespace returnflows::sqlite {
namespace {

bool ends_the_store(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kCorruption;
}

}  // namespace

Writer::Writer(Parts parts, Tables tables, CatalogSnapshot catalog, Backlog backlog)
    : parts_(parts),
      tables_(std::move(tables)),
      catalog_(std::move(catalog)),
      backlog_(std::move(backlog)),
      deliveries_({.deliveries = tables_.deliveries,
                   .events = tables_.events,
                   .backlog = backlog_,
                   .catalog = catalog_}),
      acceptor_({.ids = parts_.ids,
                 .hashes = parts_.hashes,
                 .catalog = catalog_,
                 .idempotency = tables_.idempotency,
                 .events = tables_.events,
                 .index = tables_.index,
                 .deliveries = tables_.deliveries,
                 .writer = deliveries_}),
      returns_({.ids = parts_.ids,
                .catalog = catalog_,
                .idempotency = tables_.idempotency,
                .returns = tables_.returns,
                .timers = tables_.timers,
                .payouts = tables_.payouts,
                .events = acceptor_}) {
  parts_.published.publish(std::make_shared<const CatalogSnapshot>(catalog_));
  parts_.counters.open_keys = backlog_.open_keys();
}

Result<std::unique_ptr<Writer>> Writer::open(Parts parts) {
  Connection& connection = parts.connection;
  RF_TRY(CatalogTable catalog_table, CatalogTable::open(connection));
  RF_TRY(EventTable events, EventTable::open(connection, parts.ids));
  RF_TRY(EventIndex index, EventIndex::open(connection, parts.filters, events.last_id().value));
  RF_TRY(DeliveryTable deliveries, DeliveryTable::open(connection));
  RF_TRY(IdempotencyTable idempotency, IdempotencyTable::open(connection));
  RF_TRY(ReturnTable returns, ReturnTable::open(connection));
  RF_TRY(TimerTable timers, TimerTable::open(connection));
  RF_TRY(PayoutTable payouts, PayoutTable::open(connection));
  RF_TRY(SettingsTable settings, SettingsTable::open(connection));
  RF_TRY(Statement begin, connection.prepare("BEGIN IMMEDIATE"));
  RF_TRY(Statement commit, connection.prepare("COMMIT"));
  RF_TRY(CatalogSnapshot catalog, CatalogTable::load(connection));
  RF_TRY(const auto all_settings, SettingsTable::load(connection));
  for (const auto& of_merchant : all_settings) {
    catalog.put(of_merchant);
  }
  Backlog backlog;
  RF_TRY_STATUS(DeliveryTable::load_backlog(connection, backlog));
  Tables tables{.catalog = std::move(catalog_table),
                .events = std::move(events),
                .index = std::move(index),
                .deliveries = std::move(deliveries),
                .idempotency = std::move(idempotency),
                .returns = std::move(returns),
                .timers = std::move(timers),
                .payouts = std::move(payouts),
                .settings = std::move(settings),
                .begin = std::move(begin),
                .commit = std::move(commit)};
  return std::unique_ptr<Writer>(
      new Writer(parts, std::move(tables), std::move(catalog), std::move(backlog)));
}

Status Writer::health() const {
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void Writer::note_failure(const Error& error) {
  if (failure_ || !ends_the_store(error.code)) return;
  failure_ = error;
}

template <class Work>
auto Writer::guarded(Work&& work) -> decltype(work()) {
  if (failure_) return std::unexpected(*failure_);
  RF_CHECK(in_group_);
  auto result = std::forward<Work>(work)();
  if (!result) note_failure(result.error());
  return result;
}

Status Writer::begin(Timestamp now) {
  RF_TRY_STATUS(health());
  RF_CHECK(!in_group_);
  if (const Status begun = tables_.begin.execute(); !begun) {
    note_failure(begun.error());
    return begun;
  }
  in_group_ = true;
  group_ = Group{.now = now, .report = {}};
  events_in_group_ = 0;
  attempts_in_group_ = 0;
  return {};
}

Result<AcceptEvents::Outcome> Writer::apply(AcceptEvents& transition) {
  return guarded([&]() -> Result<AcceptEvents::Outcome> {
    RF_TRY(AcceptEvents::Outcome outcome, acceptor_.accept(transition, group_));
    events_in_group_ += static_cast<std::uint64_t>(
        std::ranges::count(outcome, false, &AcceptEvents::Accepted::duplicate));
    return outcome;
  });
}

Result<SettleAttempt::Outcome> Writer::apply(SettleAttempt& transition) {
  return guarded([&]() -> Result<SettleAttempt::Outcome> {
    RF_TRY(const DeliveryState state, deliveries_.settle(transition, group_));
    if (transition.failing_mark) RF_TRY_STATUS(mark_failing(*transition.failing_mark));
    ++attempts_in_group_;
    return state;
  });
}

Result<RetryDelivery::Outcome> Writer::apply(RetryDelivery& transition) {
  return guarded([&] { return deliveries_.retry(transition, group_); });
}

Result<CancelDelivery::Outcome> Writer::apply(CancelDelivery& transition) {
  return guarded([&] { return deliveries_.cancel(transition, group_); });
}

Result<CancelEndpointDeliveries::Outcome> Writer::apply(CancelEndpointDeliveries& transition) {
  return guarded([&] { return deliveries_.cancel_all(transition, group_); });
}

Result<CreateEndpoint::Outcome> Writer::apply(CreateEndpoint& transition) {
  return guarded([&]() -> Result<Created> {
    RF_TRY(Created replayed, replay(transition.idempotency));
    if (replayed.replayed_response) return replayed;
    RF_TRY_STATUS(check_new_endpoint(transition.endpoint));
    RF_TRY_STATUS(remember(transition.idempotency));
    RF_TRY_STATUS(write_endpoint(std::make_shared<const Endpoint>(std::move(transition.endpoint))));
    return Created{};
  });
}

Result<UpdateEndpoint::Outcome> Writer::apply(UpdateEndpoint& transition) {
  return guarded([&]() -> Result<UpdateEndpoint::Outcome> {
    const auto stored = catalog_.find(transition.endpoint.id);
    if (!stored || stored->merchant != transition.endpoint.merchant) {
      return fail(ErrorCode::kNotFound, "there is no such endpoint");
    }
    if (stored->version != transition.endpoint.version - 1) {
      return fail(ErrorCode::kConflict,
                  "somebody else changed this endpoint meanwhile; read it again and repeat the "
                  "change");
    }
    auto endpoint = std::make_shared<Endpoint>(std::move(transition.endpoint));
    endpoint->failing_since =
        starts_afresh(*stored, *endpoint) ? std::nullopt : stored->failing_since;
    RF_TRY_STATUS(write_endpoint(endpoint));
    return endpoint;
  });
}

Result<DeleteEndpoint::Outcome> Writer::apply(DeleteEndpoint& transition) {
  return guarded([&]() -> Result<DeleteEndpoint::Outcome> {
    const auto stored = catalog_.find(transition.endpoint);
    if (!stored || stored->merchant != transition.merchant) {
      return fail(ErrorCode::kNotFound, "there is no such endpoint");
    }
    RF_TRY_STATUS(tables_.catalog.erase(transition.endpoint, group_.now));
    catalog_.erase(transition.endpoint);
    catalog_changed_ = true;
    group_.report.endpoints.push_back({.id = transition.endpoint, .endpoint = nullptr});
    return DeleteEndpoint::Outcome{};
  });
}

Result<CreateMerchant::Outcome> Writer::apply(CreateMerchant& transition) {
  return guarded([&]() -> Result<Created> {
    RF_TRY(Created replayed, replay(transition.idempotency));
    if (replayed.replayed_response) return replayed;
    if (catalog_.by_slug.contains(transition.merchant.slug)) {
      return fail(ErrorCode::kConflict,
                  "the slug \"" + transition.merchant.slug + "\" is taken; choose another");
    }
    RF_TRY_STATUS(remember(transition.idempotency));
    RF_TRY_STATUS(tables_.catalog.write(transition.merchant));
    catalog_.put(std::make_shared<const Merchant>(std::move(transition.merchant)));
    catalog_changed_ = true;
    return Created{};
  });
}

Result<CreateApiKey::Outcome> Writer::apply(CreateApiKey& transition) {
  return guarded([&]() -> Result<Created> {
    RF_TRY(Created replayed, replay(transition.idempotency));
    if (replayed.replayed_response) return replayed;
    const MerchantId merchant = transition.key.merchant;
    if (merchant.is_set() && !catalog_.find(merchant)) {
      return fail(ErrorCode::kNotFound, "there is no such merchant");
    }
    RF_TRY_STATUS(remember(transition.idempotency));
    RF_TRY_STATUS(tables_.catalog.write(transition.key));
    catalog_.put(std::make_shared<const ApiKey>(std::move(transition.key)));
    catalog_changed_ = true;
    return Created{};
  });
}

Result<RevokeApiKey::Outcome> Writer::apply(RevokeApiKey& transition) {
  return guarded([&]() -> Result<RevokeApiKey::Outcome> {
    const auto stored = catalog_.find(transition.key);
    if (!stored || (transition.merchant.is_set() && stored->merchant != transition.merchant)) {
      return fail(ErrorCode::kNotFound, "there is no such API key");
    }
    if (catalog_.is_last_platform_key(*stored)) {
      return fail(ErrorCode::kConflict,
                  "This is the last platform key: without it nobody could administer this server. "
                  "Create another platform key first, then revoke this one.");
    }
    auto revoked = std::make_shared<ApiKey>(*stored);
    revoked->revoked = true;
    RF_TRY_STATUS(tables_.catalog.write(*revoked));
    catalog_.put(std::shared_ptr<const ApiKey>(std::move(revoked)));
    catalog_changed_ = true;
    return RevokeApiKey::Outcome{};
  });
}

Result<ForgetIdempotencyKeys::Outcome> Writer::apply(ForgetIdempotencyKeys& transition) {
  return guarded([&]() -> Result<ForgetIdempotencyKeys::Outcome> {
    RF_TRY(const std::size_t forgotten, tables_.idempotency.forget(transition.older_than));
    return ForgetIdempotencyKeys::Outcome{.done = forgotten < limits::kIdempotencyForgottenMax};
  });
}

Result<RunCommand::Outcome> Writer::apply(RunCommand& transition) {
  return guarded([&]() -> Result<RunCommand::Outcome> {
    RF_TRY(RunCommand::Outcome outcome, returns_.run(transition, group_));
    events_in_group_ += outcome.event_count;
    return outcome;
  });
}

Result<FireTimers::Outcome> Writer::apply(FireTimers& transition) {
  return guarded([&] { return returns_.fire(transition, group_); });
}

Result<ReportPayout::Outcome> Writer::apply(ReportPayout& transition) {
  return guarded([&] { return returns_.report(transition, group_); });
}

Result<ReviewReturns::Outcome> Writer::apply(ReviewReturns& transition) {
  return guarded([&]() -> Result<ReviewReturns::Outcome> {
    RF_TRY(const ReviewReturns::Outcome outcome, returns_.review(transition, group_));
    const auto settings = catalog_.settings_of(transition.merchant);
    if (!outcome.done || !settings->is_review_due || settings->version != transition.version) {
      return outcome;
    }
    MerchantSettings followed = *settings;
    followed.is_review_due = false;
    RF_TRY(auto written, write_settings(std::move(followed)));
    return outcome;
  });
}

Result<UpdateSettings::Outcome> Writer::apply(UpdateSettings& transition) {
  return guarded([&]() -> Result<UpdateSettings::Outcome> {
    const MerchantId merchant = transition.settings.merchant;
    if (!catalog_.find(merchant)) return fail(ErrorCode::kNotFound, "there is no such merchant");
    if (catalog_.settings_of(merchant)->version != transition.settings.version - 1) {
      return fail(ErrorCode::kConflict,
                  "somebody else changed these settings meanwhile; read them again and repeat the "
                  "change");
    }
    transition.settings.is_review_due = true;
    return write_settings(std::move(transition.settings));
  });
}

Result<std::shared_ptr<const MerchantSettings>> Writer::write_settings(MerchantSettings settings) {
  RF_TRY_STATUS(tables_.settings.write(settings));
  auto written = std::make_shared<const MerchantSettings>(std::move(settings));
  catalog_.put(written);
  catalog_changed_ = true;
  return written;
}

Result<Created> Writer::replay(const std::optional<IdempotencyClaim>& claim) {
  if (!claim) return Created{};
  RF_TRY(std::optional<std::string> response, tables_.idempotency.find(*claim, group_.now));
  return Created{.replayed_response = std::move(response)};
}

Status Writer::remember(const std::optional<IdempotencyClaim>& claim) {
  if (!claim) return {};
  return tables_.idempotency.remember(*claim, claim->response, group_.now);
}

Status Writer::check_new_endpoint(const Endpoint& endpoint) const {
  RF_CHECK(endpoint.id.is_set());
  if (!catalog_.find(endpoint.merchant)) {
    return fail(ErrorCode::kNotFound, "there is no such merchant");
  }
  const auto others = catalog_.by_merchant.find(endpoint.merchant);
  if (others != catalog_.by_merchant.end() &&
      others->second.size() >= limits::kEndpointsPerMerchantMax) {
    return fail(ErrorCode::kConflict,
                "this merchant has " + std::to_string(others->second.size()) +
                    " endpoints, which is as many as there may be; delete one first");
  }
  return {};
}

Status Writer::write_endpoint(const std::shared_ptr<const Endpoint>& endpoint) {
  RF_TRY_STATUS(tables_.catalog.write(*endpoint));
  catalog_.put(endpoint);
  catalog_changed_ = true;
  group_.report.endpoints.push_back({.id = endpoint->id, .endpoint = endpoint});
  return {};
}

// No new version, and no word in the commit's report: nothing that people have set changes, and the
// lane that asked for it knows.
Status Writer::mark_failing(const FailingMark& mark) {
  const auto stored = catalog_.find(mark.endpoint);
  if (!stored) return {};  // Deleted meanwhile.
  auto marked = std::make_shared<Endpoint>(*stored);
  marked->failing_since = mark.since;
  RF_TRY_STATUS(tables_.catalog.write(*marked));
  catalog_.put(std::shared_ptr<const Endpoint>(std::move(marked)));
  catalog_changed_ = true;
  return {};
}

Result<CommitReport> Writer::commit() {
  RF_TRY_STATUS(health());
  RF_CHECK(in_group_);
  in_group_ = false;
  if (const Status committed = tables_.commit.execute(); !committed) {
    note_failure(committed.error());
    return std::unexpected(committed.error());
  }
  if (catalog_changed_) {
    parts_.published.publish(std::make_shared<const CatalogSnapshot>(catalog_));
    catalog_changed_ = false;
  }
  ++parts_.counters.commits;
  parts_.counters.events += events_in_group_;
  parts_.counters.attempts += attempts_in_group_;
  parts_.counters.open_keys = backlog_.open_keys();
  // The group is durable, whatever a checkpoint says; a failed one ends the store afterwards.
  if (const Status checkpointed = checkpoint_when_due(); !checkpointed) {
    note_failure(checkpointed.error());
  }
  return std::move(group_.report);
}

// After the log has started again from its beginning it has fewer pages than at the last
// checkpoint.
Status Writer::checkpoint_when_due() {
  const int pages = parts_.connection.log_pages();
  if (pages < checkpointed_pages_) checkpointed_pages_ = 0;
  if (pages - checkpointed_pages_ < limits::kCheckpointPages) return {};
  checkpointed_pages_ = pages;
  return parts_.connection.checkpoint(Connection::Checkpoint::kPassive);
}

}  // namespace returnflows::sqlite
