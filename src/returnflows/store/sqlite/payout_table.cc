#include "returnflows/store/sqlite/payout_table.h"

namespace returnflows::sqlite {

// Orders of a process that has ended may have reached the provider: it is asked before they are
// given to it again.
Result<PayoutTable> PayoutTable::open(Connection& connection) {
  PayoutTable table;
  static_assert(static_cast<int>(returns::PayoutAction::kExecute) == 0);
  static_assert(static_cast<int>(returns::PayoutAction::kAskThenExecute) == 1);
  RF_TRY_STATUS(connection.execute("UPDATE payout_orders SET action=1 WHERE action=0"));
  RF_TRY(table.order_,
         connection.prepare("INSERT OR REPLACE INTO payout_orders(return,revision,payout,merchant,"
                            "action,attempts_made,next_attempt_ms) VALUES(?1,?2,?3,?4,?5,?6,?7)"));
  RF_TRY(table.erase_,
         connection.prepare(
             "DELETE FROM payout_orders WHERE return=?1 AND revision=?2 AND payout=?3"));
  RF_TRY(table.put_off_,
         connection.prepare("UPDATE payout_orders SET attempts_made=?4,next_attempt_ms=?5 "
                            "WHERE return=?1 AND revision=?2 AND payout=?3"));
  RF_TRY(table.set_provider_,
         connection.prepare("INSERT OR REPLACE INTO payout_providers(return,revision,payout,url,"
                            "secret) VALUES(?1,?2,?3,?4,?5)"));
  return table;
}

Status PayoutTable::order(const PayoutOrder& order) {
  return order_.execute(order.id,
                        order.request.revision,
                        Text{order.request.payout_id},
                        order.merchant,
                        order.request.action,
                        order.attempts_made,
                        order.next_attempt_at);
}

Status PayoutTable::set_provider(ReturnId id,
                                 const returns::PayoutRequest& request,
                                 const ProviderAddress& provider) {
  return set_provider_.execute(id,
                               request.revision,
                               Text{request.payout_id},
                               Text{provider.url},
                               Blob{provider.secret.bytes});
}

Status PayoutTable::settle(const ReportPayout& report) {
  const Text payout{report.request.payout_id};
  if (!report.ask_again_at) return erase_.execute(report.id, report.request.revision, payout);
  return put_off_.execute(
      report.id, report.request.revision, payout, report.attempts_made, *report.ask_again_at);
}

}  // namespace returnflows::sqlite
