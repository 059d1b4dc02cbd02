#include "returnflows/store/sqlite/event_acceptor.h"

#include <algorithm>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/endpoints/endpoint.h"
#include "returnflows/events/envelope.h"
#include "returnflows/store/sqlite/varint.h"

namespace returnflows::sqlite {
namespace {

// What an envelope adds to `data`, generously: one allocation for most bodies.
constexpr std::size_t kEnvelopeBytesTypical = 768;

std::unexpected<Error> mismatch(std::string_view client_id) {
  return std::unexpected(
      Error{.code = ErrorCode::kUnprocessable,
            .detail = "the event id \"" + std::string(client_id) +
                      "\" was used before for an event with other content; give every event an id "
                      "of its own",
            .reason = "idempotency_mismatch"});
}

// The remembered answer of AcceptEvents: how many events, then each row number as its distance
// from the one before plus one (zigzag, since known events lie behind).
std::string encode_answer(const AcceptEvents::Outcome& outcome) {
  std::string bytes;
  append_varint(bytes, outcome.size());
  std::int64_t expected = 0;
  for (const AcceptEvents::Accepted& accepted : outcome) {
    const std::int64_t distance = accepted.id.value - expected;
    append_varint(
        bytes,
        (static_cast<std::uint64_t>(distance) << 1U) ^ static_cast<std::uint64_t>(distance >> 63U));
    expected = accepted.id.value + 1;
  }
  return bytes;
}

std::optional<std::vector<EventId>> decode_answer(std::string_view bytes) {
  const auto count = take_varint(bytes);
  if (!count || *count > bytes.size()) return std::nullopt;
  std::vector<EventId> ids;
  std::int64_t expected = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto zigzag = take_varint(bytes);
    if (!zigzag) return std::nullopt;
    const auto distance = static_cast<std::int64_t>((*zigzag >> 1U) ^ (~(*zigzag & 1U) + 1U));
    ids.push_back(EventId{expected + distance});
    expected += distance + 1;
  }
  return ids;
}

}  // namespace

Result<AcceptEvents::Outcome> EventAcceptor::accept(const AcceptEvents& transition, Group& group) {
  const auto merchant = parts_.catalog.find(transition.merchant);
  if (!merchant) return fail(ErrorCode::kNotFound, "there is no such merchant");
  if (transition.idempotency) {
    RF_TRY(std::optional<AcceptEvents::Outcome> answer,
           answered_before(*transition.idempotency, group.now));
    if (answer) return std::move(*answer);
  }
  Batch batch{.merchant = *merchant,
              .merchant_public_id = public_id_of(*merchant),
              .test_endpoint = nullptr};
  if (transition.test_endpoint) {
    batch.test_endpoint = parts_.catalog.find(*transition.test_endpoint);
    if (!batch.test_endpoint || batch.test_endpoint->merchant != transition.merchant) {
      return fail(ErrorCode::kNotFound, "there is no such endpoint");
    }
  }
  RF_TRY_STATUS(check_return_ids(transition));
  RF_TRY(std::vector<Plan> plans, plan(transition));

  AcceptEvents::Outcome outcome;
  outcome.reserve(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    Plan& decided = plans[i];
    if (decided.twin) {
      outcome.push_back(outcome[*decided.twin]);
      outcome.back().duplicate = true;
    } else if (decided.known) {
      outcome.push_back(std::move(*decided.known));
    } else {
      RF_TRY(AcceptEvents::Accepted accepted,
             write(batch, transition.items[i], decided.client_hash, group));
      outcome.push_back(std::move(accepted));
    }
  }
  if (transition.idempotency) {
    RF_TRY_STATUS(
        parts_.idempotency.remember(*transition.idempotency, encode_answer(outcome), group.now));
  }
  return outcome;
}

Result<AcceptEvents::Accepted> EventAcceptor::emit(MerchantId merchant,
                                                   PublishedEvent event,
                                                   const Cause& cause,
                                                   Group& group) {
  const auto known = parts_.catalog.find(merchant);
  RF_CHECK(known != nullptr);
  const Batch batch{.merchant = *known,
                    .merchant_public_id = public_id_of(*known),
                    .test_endpoint = nullptr,
                    .cause = cause};
  return write(batch, AcceptEvents::Item{.event = std::move(event)}, 0, group);
}

Status EventAcceptor::check_return_ids(const AcceptEvents& transition) const {
  if (transition.test_endpoint) return {};
  for (const AcceptEvents::Item& item : transition.items) {
    if (!parts_.ids.decode(IdPrefix::kReturn, item.event.return_id)) continue;
    return fail(ErrorCode::kUnprocessable,
                "the return " + item.event.return_id +
                    " is kept here and makes its own events; use POST /v1/returns/" +
                    item.event.return_id + "/<command> to change it");
  }
  return {};
}

const std::string& EventAcceptor::public_id_of(const Merchant& merchant) {
  std::string& id = merchant_public_ids_[merchant.id];
  if (id.empty()) id = parts_.ids.encode(IdPrefix::kMerchant, merchant.id, merchant.created_at);
  return id;
}

Result<std::optional<AcceptEvents::Outcome>> EventAcceptor::answered_before(
    const IdempotencyClaim& claim, Timestamp now) {
  RF_TRY(const std::optional<std::string> response, parts_.idempotency.find(claim, now));
  if (!response) return std::nullopt;
  const auto ids = decode_answer(*response);
  if (!ids) return fail(ErrorCode::kCorruption, "a remembered answer is damaged");
  AcceptEvents::Outcome outcome;
  outcome.reserve(ids->size());
  for (const EventId id : *ids) {
    RF_TRY(std::optional<EventTable::Known> known, parts_.events.find(id));
    if (!known) {
      return fail(ErrorCode::kCorruption, "a remembered answer names an event that is missing");
    }
    outcome.push_back(std::move(known->accepted));
  }
  return outcome;
}

Result<std::vector<EventAcceptor::Plan>> EventAcceptor::plan(const AcceptEvents& transition) {
  std::vector<Plan> plans(transition.items.size());
  std::unordered_map<std::string_view, std::size_t> seen;  // Client id → its first item.
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const AcceptEvents::Item& item = transition.items[i];
    if (!item.event.client_id) continue;
    const std::string_view client_id = *item.event.client_id;
    if (const auto [first, is_new] = seen.emplace(client_id, i); !is_new) {
      if (transition.items[first->second].content != item.content) return mismatch(client_id);
      plans[i].twin = first->second;
      continue;
    }
    plans[i].client_hash = parts_.hashes.of_client_id(transition.merchant, client_id);
    RF_TRY(plans[i].known, find_known(transition.merchant, item, plans[i].client_hash));
  }
  return plans;
}

Result<std::optional<AcceptEvents::Accepted>> EventAcceptor::find_known(
    MerchantId merchant, const AcceptEvents::Item& item, std::int64_t client_hash) {
  const std::string_view client_id = *item.event.client_id;
  if (parts_.ids.decode(IdPrefix::kEvent, client_id)) {
    return fail(ErrorCode::kUnprocessable,
                "the event id \"" + std::string(client_id) +
                    "\" is one that this server made; choose another");
  }
  RF_TRY(const std::optional<EventId> id,
         parts_.index.find_client_id(merchant, client_hash, client_id));
  if (!id) return std::nullopt;
  RF_TRY(std::optional<EventTable::Known> known, parts_.events.find(*id));
  if (!known) return fail(ErrorCode::kCorruption, "an index of events names a row that is missing");
  if (known->content != item.content) return mismatch(client_id);
  return std::move(known->accepted);
}

std::span<const std::shared_ptr<const Endpoint>> EventAcceptor::endpoints_for(const Batch& batch,
                                                                              EventType type) {
  targets_.clear();
  if (batch.test_endpoint) {
    targets_.push_back(batch.test_endpoint);
    return targets_;
  }
  const auto all = parts_.catalog.by_merchant.find(batch.merchant.id);
  if (all == parts_.catalog.by_merchant.end()) return targets_;
  for (const auto& endpoint : all->second) {
    if (is_subscribed(*endpoint, type)) targets_.push_back(endpoint);
  }
  return targets_;
}

std::shared_ptr<const EventBody> EventAcceptor::render(const Batch& batch,
                                                       const PublishedEvent& event,
                                                       const EventRow& row) const {
  auto body = std::make_shared<EventBody>();
  body->id = row.id;
  body->public_id = public_event_id(parts_.ids, row.id, row.created_at, event.client_id);
  body->type = event.type;
  body->created_at = row.created_at;
  body->body.reserve(kEnvelopeBytesTypical + event.data_json.size());
  append_envelope(body->body,
                  Envelope{.id = body->public_id,
                           .type = event.type,
                           .test = row.test,
                           .created_at = row.created_at,
                           .occurred_at = row.occurred_at,
                           .account_id = batch.merchant_public_id,
                           .account_name = batch.merchant.name,
                           .return_id = event.return_id,
                           .sequence = row.sequence,
                           .revision = event.revision,
                           .previous_status = event.previous_status,
                           .cause = batch.cause,
                           .data_json = event.data_json});
  return body;
}

Result<AcceptEvents::Accepted> EventAcceptor::write(const Batch& batch,
                                                    const AcceptEvents::Item& item,
                                                    std::int64_t client_hash,
                                                    Group& group) {
  const PublishedEvent& event = item.event;
  const bool test = batch.test_endpoint != nullptr;
  EventRow row{.id = parts_.events.next_id(),
               .merchant = batch.merchant.id,
               .type = event.type,
               .return_hash = parts_.hashes.of_return(batch.merchant.id, event.return_id),
               .revision = event.revision,
               .test = test,
               .created_at = group.now,
               .occurred_at = event.occurred_at.value_or(group.now),
               .client_hash = client_hash,
               .content = {reinterpret_cast<const char*>(item.content.data()), item.content.size()},
               .return_id = event.return_id};
  if (event.client_id) row.client_id = *event.client_id;
  RF_TRY(row.sequence, parts_.index.next_sequence(row.merchant, row.return_hash));
  RF_TRY_STATUS(parts_.index.note({.event = row.id,
                                   .created_at = row.created_at,
                                   .return_hash = row.return_hash,
                                   .client_hash = client_hash}));

  const std::shared_ptr<const EventBody> body = render(batch, event, row);
  row.body = body->body;

  const auto endpoints = endpoints_for(batch, event.type);
  row.delivery_count = endpoints.size();
  if (!endpoints.empty()) row.first_delivery = parts_.deliveries.next_id();
  RF_TRY_STATUS(parts_.events.insert(row, endpoints.empty() ? nullptr : body));
  for (const auto& endpoint : endpoints) {
    // A test is not made to wait: whoever pressed the button wants to see it go out.
    const bool ordered = endpoint->ordering == Ordering::kPerReturn && !test;
    RF_TRY_STATUS(parts_.writer.create({.event = row.id,
                                        .endpoint = endpoint->id,
                                        .merchant = row.merchant,
                                        .type = event.type,
                                        .key_hash = ordered ? row.return_hash : 0,
                                        .body = body},
                                       group));
  }
  group.report.last_event = row.id;
  return AcceptEvents::Accepted{.id = row.id,
                                .public_id = body->public_id,
                                .type = event.type,
                                .return_id = event.return_id,
                                .sequence = row.sequence,
                                .revision = event.revision,
                                .created_at = row.created_at,
                                .duplicate = false};
}

}  // namespace returnflows::sqlite
