#include "returnflows/store/sqlite/return_table.h"

#include <algorithm>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/returns/facts.h"
#include "returnflows/returns/snapshot.h"
#include "returnflows/returns/state_text.h"

namespace returnflows::sqlite {
namespace {

Error damaged(ReturnId id, const Error& error) {
  std::string detail =
      "the stored return of row " + std::to_string(id.value) + " cannot be read: " + error.detail;
  for (const FieldError& field : error.fields) {
    detail += " (" + field.pointer + ": " + field.detail + ")";
  }
  return Error{.code = ErrorCode::kCorruption, .detail = std::move(detail)};
}

std::optional<Text> text_or_null(const std::optional<std::string>& value) {
  if (!value || value->empty()) return std::nullopt;
  return Text{*value};
}

Result<std::vector<ReturnId>> take_ids(Run run) {
  std::vector<ReturnId> ids;
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return ids;
    ids.push_back(run.row_id<ReturnKind>(0));
  }
}

}  // namespace

Result<StoredReturn> read_return(const Run& run, int first, ReturnId id) {
  StoredReturn stored;
  stored.id = id;
  stored.version = run.integer(first);
  stored.merchant = run.row_id<MerchantKind>(first + 1);
  stored.created_at = run.time(first + 2);
  auto state = returns::decode_state(run.text(first + 3));
  if (!state) return std::unexpected(damaged(id, state.error()));
  auto facts = returns::decode_facts(run.text(first + 4));
  if (!facts) return std::unexpected(damaged(id, facts.error()));
  stored.state = std::move(*state);
  stored.state.facts = std::make_shared<const returns::ReturnFacts>(std::move(*facts));
  return stored;
}

ReturnView view_of(const StoredReturn& stored,
                   const IdCodec& ids,
                   const returns::Settings& settings) {
  ReturnView view{.id = stored.id,
                  .public_id = ids.encode(IdPrefix::kReturn, stored.id, stored.created_at),
                  .version = stored.version,
                  .lifecycle = stored.state.lifecycle,
                  .is_closing = stored.state.close_run.has_value(),
                  .snapshot = {}};
  returns::append_snapshot(view.snapshot, stored.state, settings, stored.version);
  return view;
}

Result<ReturnTable> ReturnTable::open(Connection& connection) {
  ReturnTable table;
  RF_TRY(table.last_id_, connection.integer("SELECT coalesce(max(id),0) FROM returns"));
  RF_TRY(table.insert_,
         connection.prepare(
             "INSERT INTO returns(id,merchant,version,revision,status,display_status,number,"
             "order_id,order_name,customer_email,created_ms,updated_ms,state) "
             "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)"));
  RF_TRY(table.insert_facts_,
         connection.prepare("INSERT INTO return_facts(return,facts) VALUES(?1,?2)"));
  RF_TRY(table.insert_label_,
         connection.prepare("INSERT OR IGNORE INTO return_labels(merchant,tracking_number,return) "
                            "VALUES(?1,?2,?3)"));
  RF_TRY(table.insert_sku_,
         connection.prepare(
             "INSERT OR IGNORE INTO return_skus(merchant,sku,return) VALUES(?1,?2,?3)"));
  RF_TRY(table.update_,
         connection.prepare("UPDATE returns SET version=?2,revision=?3,status=?4,display_status=?5,"
                            "updated_ms=?6,state=?7 WHERE id=?1"));
  RF_TRY(table.find_, connection.prepare(kFindReturnSql));
  RF_TRY(table.of_order_,
         connection.prepare("SELECT id FROM returns WHERE merchant=?1 AND order_id=?2 UNION "
                            "SELECT id FROM returns WHERE merchant=?1 AND order_name=?2 "
                            "ORDER BY 1"));
  RF_TRY(table.of_label_,
         connection.prepare("SELECT return FROM return_labels WHERE merchant=?1 AND "
                            "tracking_number=?2 ORDER BY return DESC LIMIT 1"));
  RF_TRY(table.open_after_,
         connection.prepare("SELECT id FROM returns INDEXED BY returns_by_merchant "
                            "WHERE merchant=?1 AND id>?2 AND status NOT IN ('closed','canceled') "
                            "ORDER BY id LIMIT ?3"));
  return table;
}

Status ReturnTable::insert(const StoredReturn& stored, Timestamp now) {
  RF_CHECK(stored.id == next_id());
  const returns::ReturnState& state = stored.state;
  const returns::ReturnFacts& facts = *state.facts;
  const std::string state_text = returns::encode_state(state);
  const std::string facts_text = returns::encode_facts(facts);
  RF_TRY_STATUS(insert_.execute(stored.id,
                                stored.merchant,
                                stored.version,
                                state.revision,
                                Text{returns::lifecycle_name(state.lifecycle)},
                                Text{returns::display_status(state)},
                                Text{facts.number},
                                text_or_null(facts.order.id),
                                text_or_null(facts.order.name),
                                text_or_null(facts.customer.email),
                                stored.created_at,
                                now,
                                Text{state_text}));
  last_id_ = stored.id.value;
  RF_TRY_STATUS(insert_facts_.execute(stored.id, Text{facts_text}));
  for (const returns::ItemFacts& item : facts.items) {
    if (!item.sku || item.sku->empty()) continue;
    RF_TRY_STATUS(insert_sku_.execute(stored.merchant, Text{*item.sku}, stored.id));
  }
  return {};  // A return is born without labels.
}

Status ReturnTable::update(const StoredReturn& stored,
                           std::int64_t label_count_before,
                           Timestamp now) {
  const returns::ReturnState& state = stored.state;
  const std::string state_text = returns::encode_state(state);
  RF_TRY_STATUS(update_.execute(stored.id,
                                stored.version,
                                state.revision,
                                Text{returns::lifecycle_name(state.lifecycle)},
                                Text{returns::display_status(state)},
                                now,
                                Text{state_text}));
  if (state.label_count == label_count_before || state.labels.empty()) return {};
  return insert_label_.execute(
      stored.merchant, Text{state.labels.back().tracking_number}, stored.id);
}

Result<std::optional<StoredReturn>> ReturnTable::find(ReturnId id) {
  Run run = find_.start(id);
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  RF_TRY(StoredReturn stored, read_return(run, 0, id));
  return stored;
}

Result<std::vector<ReturnId>> ReturnTable::of_order(MerchantId merchant, std::string_view order) {
  return take_ids(of_order_.start(merchant, Text{order}));
}

Result<std::optional<ReturnId>> ReturnTable::of_label(MerchantId merchant,
                                                      std::string_view tracking_number) {
  RF_TRY(const std::vector<ReturnId> ids,
         take_ids(of_label_.start(merchant, Text{tracking_number})));
  if (ids.empty()) return std::nullopt;
  return ids.front();
}

Result<std::vector<ReturnId>> ReturnTable::open_after(MerchantId merchant,
                                                      ReturnId after,
                                                      std::size_t count) {
  return take_ids(open_after_.start(merchant, after, count));
}

}  // namespace returnflows::sqlite
