#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "returnflows/delivery/attempt.h"
#include "returnflows/returns/return_state.h"

// What the answer of a payout provider says. Pure. What a provider sends is untrusted: texts are
// made printable and cut, values that are longer than any real one are left out.
namespace returnflows {

// What one request tells about a payout.
struct PayoutAnswer {
  enum class Kind : std::uint8_t {
    kSettled,  // It has been made.
    kRefused,  // It has not been made, and trying again changes nothing.
    kPending,  // The provider has it, and does not know yet what becomes of it.
    kUnknown,  // The provider has never heard of it. Of a question only.
    kNothing,  // The answer, or that there is none, says nothing about it.
  };

  Kind kind = Kind::kNothing;
  // Of kRefused: it may have been made all the same.
  bool is_doubtful = false;
  // The request can have reached the provider.
  bool may_have_arrived = false;
  // Of kSettled, when the provider said it.
  std::optional<std::string> external_id = std::nullopt;
  std::optional<std::string> last_characters = std::nullopt;
  // Of all others: the provider's code and sentence, or ours.
  returns::PayoutError error = {};
};

// False when the request certainly never got there: no address, an address that may not be
// connected to, no connection, no TLS.
bool may_have_arrived(const Attempt& attempt);

// Judges the answer to the POST: 2xx is settled, 3xx and 4xx refuse, all else says nothing. A
// refusal by 408 or 409 is doubtful: such an answer is given also while an earlier request with the
// same key is still being worked on.
//
// A JSON object in the body may say more: `external_id` and `last_characters`, or `error` as a
// text or as `{"code","message"}`. One that is absent or of another form is no fault.
PayoutAnswer judge_payout_order(const Attempt& attempt);

// Judges the answer to the GET: 200 with `{"status":"settled"|"pending"|"failed","error"?}`, or 404
// for a payout that the provider does not know. All else says nothing.
PayoutAnswer judge_payout_question(const Attempt& attempt);

}  // namespace returnflows
