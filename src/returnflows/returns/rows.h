#pragma once

#include "returnflows/returns/transition.h"

// The effects of each row of the table in docs/returns.md, in the order of its numbers. Guards were
// asked before (guards.h); the reaction runs after (reaction.h).
namespace returnflows::returns {

// rows_lifecycle.cc
void create(Transition& transition, const CreateReturn& command);                          // 1
void settle_payment(Transition& transition, const SettlePayment& command);                 // 2
void complete(Transition& transition, const Origin& origin);                               // 3
void process(Transition& transition, const ProcessReturn& command, const Origin& origin);  // 7
void pause(Transition& transition, const PauseReturn& command);                            // 12
void resume(Transition& transition, const ResumeReturn& command);                          // 13
void cancel(Transition& transition, const CancelReturn& command);                          // 14
void reset(Transition& transition, const ResetReturn& command);                            // 15

// rows_shipment.cc
void generate_label(Transition& transition, const GenerateLabel& command);  // 4
void report_label_failure(Transition& transition);                          // 4
bool knows_tracking_number(const ReturnState& state, std::string_view tracking_number);
void scan(Transition& transition, const CarrierScan& command);  // 5 and 6

// rows_close.cc
void close_by_command(Transition& transition);                                   // 8
void auto_close_due(Transition& transition);                                     // 9
void payout_succeeded(Transition& transition, const PayoutSucceeded& command);   // 8 and 9
void payout_failed(Transition& transition, const PayoutFailed& command);         // 8 and 9
void ask_after_close(Transition& transition);                                    // 17
void check_after_close(Transition& transition, const CheckAfterClose& command);  // 17

// rows_oversight.cc
void cancel_auto_close(Transition& transition);                       // 10
void rearm_auto_close(Transition& transition);                        // 11
void mark_needs_review(Transition& transition, Switch needs_review);  // 16
void flag_fraud(Transition& transition, Switch fraud_hold);           // 16
void lose_tracking(Transition& transition, Switch tracking_lost);     // 16
void fire_timer(Transition& transition, TimerKind kind);              // timers
}  // namespace returnflows::returns
