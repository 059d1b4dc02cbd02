#include "returnflows/store/sqlite/return_book.h"

#include <algorithm>
#include <string>
#include <utility>

#include "returnflows/returns/snapshot.h"

namespace returnflows::sqlite {
namespace {

// The first column of the filter that an index knows narrows the search; the others are compared
// row by row. Absent values are NULL and filter nothing.
std::string list_sql(const ReturnFilter& filter) {
  std::string sql = "SELECT id FROM returns ";
  if (filter.number) {
    sql += "INDEXED BY returns_by_number WHERE merchant=?1 AND number=?2 AND ";
  } else if (filter.tracking_number) {
    sql +=
        "WHERE id IN (SELECT return FROM return_labels WHERE merchant=?1 AND tracking_number=?4) "
        "AND ";
  } else if (filter.order) {
    sql +=
        "WHERE id IN (SELECT id FROM returns WHERE merchant=?1 AND order_id=?3 UNION "
        "SELECT id FROM returns WHERE merchant=?1 AND order_name=?3) AND ";
  } else if (filter.customer_email) {
    sql += "INDEXED BY returns_by_email WHERE merchant=?1 AND customer_email=?5 AND ";
  } else if (filter.sku) {
    sql += "WHERE id IN (SELECT return FROM return_skus WHERE merchant=?1 AND sku=?6) AND ";
  } else {
    sql += "INDEXED BY returns_by_merchant WHERE ";
  }
  sql +=
      "merchant=?1 AND (?2 IS NULL OR number=?2) AND (?3 IS NULL OR order_id=?3 OR order_name=?3) "
      "AND (?4 IS NULL OR EXISTS(SELECT 1 FROM return_labels l WHERE l.merchant=?1 AND "
      "l.tracking_number=?4 AND l.return=id)) AND (?5 IS NULL OR customer_email=?5) "
      "AND (?6 IS NULL OR EXISTS(SELECT 1 FROM return_skus s WHERE s.merchant=?1 AND s.sku=?6 AND "
      "s.return=id)) AND (?7 IS NULL OR status=?7) AND (?8 IS NULL OR display_status=?8) ";
  sql += filter.order_by == ListOrder::kAscending
             ? "AND (?9 IS NULL OR id>?9) ORDER BY id ASC LIMIT ?10"
             : "AND (?9 IS NULL OR id<?9) ORDER BY id DESC LIMIT ?10";
  return sql;
}

std::optional<Text> bound(const std::optional<std::string>& value) {
  return value ? std::optional(Text{*value}) : std::nullopt;
}

Result<std::vector<ReturnId>> matching_ids(Reader& reader,
                                           const ReturnFilter& filter,
                                           std::size_t count) {
  std::optional<Text> status;
  if (filter.status) status = Text{returns::lifecycle_name(*filter.status)};
  RF_TRY(Statement * statement, reader.statement(list_sql(filter)));
  Run run = statement->start(filter.merchant,
                             bound(filter.number),
                             bound(filter.order),
                             bound(filter.tracking_number),
                             bound(filter.customer_email),
                             bound(filter.sku),
                             status,
                             bound(filter.display_status),
                             filter.from,
                             count);
  std::vector<ReturnId> ids;
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return ids;
    ids.push_back(run.row_id<ReturnKind>(0));
  }
}

}  // namespace

ReturnView ReturnReader::view(const StoredReturn& stored) const {
  return view_of(stored, parts_.ids, parts_.catalog.settings_of(stored.merchant)->rules);
}

Result<std::optional<StoredReturn>> ReturnReader::read(Reader& reader, ReturnId id) const {
  RF_TRY(Statement * statement, reader.statement(kFindReturnSql));
  Run run = statement->start(id);
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  RF_TRY(StoredReturn stored, read_return(run, 0, id));
  return stored;
}

Result<std::optional<ReturnView>> ReturnReader::find(MerchantId merchant,
                                                     ReturnId id,
                                                     Timestamp created_at) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(const std::optional<StoredReturn> stored, read(*reader, id));
  if (!stored || stored->merchant != merchant || stored->created_at != created_at) {
    return std::nullopt;
  }
  return view(*stored);
}

Result<Page<ReturnView>> ReturnReader::list(const ReturnFilter& filter) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(const std::vector<ReturnId> ids, matching_ids(*reader, filter, filter.limit + 1));
  Page<ReturnView> page;
  std::size_t bytes = 0;
  for (const ReturnId id : ids) {
    if (page.rows.size() == filter.limit || bytes >= limits::kPageBytesMax) {
      page.next = page.rows.back().id.value;
      break;
    }
    RF_TRY(const std::optional<StoredReturn> stored, read(*reader, id));
    if (!stored) return fail(ErrorCode::kCorruption, "a return in the list has lost its facts");
    page.rows.push_back(view(*stored));
    bytes += page.rows.back().snapshot.size();
  }
  return page;
}

Result<std::optional<Timestamp>> ReturnReader::next_timer() {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(Statement * statement, reader->statement("SELECT min(due_ms) FROM timers"));
  Run run = statement->start();
  RF_TRY(const bool row, run.next());
  if (!row || run.is_null(0)) return std::nullopt;
  return run.time(0);
}

Result<bool> ReturnReader::add_its_return(Reader& reader, DuePayout& due) const {
  RF_TRY(const std::optional<StoredReturn> stored, read(reader, due.order.id));
  if (!stored) return fail(ErrorCode::kCorruption, "a payout order has lost its return");
  const auto payout =
      std::ranges::find(stored->state.payouts, due.order.request.payout_id, &returns::Payout::id);
  if (payout == stored->state.payouts.end()) return false;
  ReturnView shown = view(*stored);
  due.order.request.return_id = std::move(shown.public_id);
  due.snapshot_json = std::move(shown.snapshot);
  returns::append_payout(due.payout_json, *payout);
  return true;
}

Result<std::vector<DuePayout>> ReturnReader::due_payouts(Timestamp until, std::size_t count_max) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  std::vector<DuePayout> orders;
  {
    RF_TRY(Statement * statement,
           reader->statement(
               "SELECT return,revision,payout,merchant,action,attempts_made,next_attempt_ms,url,"
               "secret FROM payout_orders INDEXED BY payout_orders_by_due "
               "LEFT JOIN payout_providers USING(return,revision,payout) WHERE next_attempt_ms<=?1 "
               "ORDER BY next_attempt_ms LIMIT ?2"));
    Run run = statement->start(until, count_max);
    for (;;) {
      RF_TRY(const bool row, run.next());
      if (!row) break;
      DuePayout& found = orders.emplace_back();
      found.order = {.id = run.row_id<ReturnKind>(0),
                     .merchant = run.row_id<MerchantKind>(3),
                     .request = {.action = static_cast<returns::PayoutAction>(run.integer(4)),
                                 .return_id = {},
                                 .revision = run.integer(1),
                                 .payout_id = std::string(run.text(2))},
                     .attempts_made = static_cast<int>(run.integer(5)),
                     .next_attempt_at = run.time(6)};
      if (run.is_null(7)) continue;
      found.ordered_from = {.url = std::string(run.text(7)),
                            .secret = {.bytes = std::string(run.blob(8))}};
    }
  }
  std::vector<DuePayout> due;
  for (DuePayout& order : orders) {
    RF_TRY(const bool is_there, add_its_return(*reader, order));
    if (is_there) due.push_back(std::move(order));
  }
  return due;
}

}  // namespace returnflows::sqlite
