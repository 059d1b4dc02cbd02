#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/delivery/signing.h"
#include "returnflows/returns/decision.h"

// The two requests that a payout provider gets. Both are signed as deliveries are, with the
// payout's key in the place of the event's id. Pure.
namespace returnflows {

// `<return>/<revision>/<payout>`: the Idempotency-Key, and the end of the URL that is asked for it.
// Whatever may not stand in the path of a URL is percent-encoded; what our ids are made of may.
std::string payout_key(const returns::PayoutRequest& request);

// What both requests say. Views must outlive the call that takes them; none of them may hold CR or
// LF (targets and hosts come from parse_endpoint_url(), keys from payout_key()).
struct PayoutRequestParts {
  std::string_view target;       // Of payouts.url: "/payouts?shop=1".
  std::string_view host_header;  // "pay.example:8443"
  std::string_view user_agent;   // "Returnflows/1.0.0"
  std::string_view key;
  std::int64_t timestamp_seconds = 0;  // Of this request: providers compare it with their clock.
  const Signer* signer = nullptr;      // Never null.
};

// What is to be paid, and for which return: values of JSON as they go out.
struct PayoutContent {
  std::string_view payout_json;
  std::string_view snapshot_json;
};

// Appends the POST that makes a payout, head and body. The body may differ from one try to the
// next, since the return goes on living; what makes it one payout is its key.
void append_payout_order(std::string& out,
                         const PayoutRequestParts& parts,
                         const PayoutContent& content);

// Appends the GET that asks what came of a payout. It is signed over the empty body.
void append_payout_question(std::string& out, const PayoutRequestParts& parts);

// Where that GET goes: the key behind the path of `target`, the query kept behind it.
std::string question_target(std::string_view target, std::string_view key);

}  // namespace returnflows
