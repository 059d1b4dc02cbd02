#include "returnflows/delivery/attempt.h"

namespace returnflows {

std::string_view attempt_result_name(AttemptResult result) {
  switch (result) {
    case AttemptResult::kAnswered:
      return "answered";
    case AttemptResult::kDnsFailed:
      return "dns_failed";
    case AttemptResult::kBlockedAddress:
      return "blocked_address";
    case AttemptResult::kConnectRefused:
      return "connect_refused";
    case AttemptResult::kConnectFailed:
      return "connect_failed";
    case AttemptResult::kTlsFailed:
      return "tls_failed";
    case AttemptResult::kTimedOut:
      return "timed_out";
    case AttemptResult::kReset:
      return "reset";
    case AttemptResult::kBadAnswer:
      return "bad_answer";
    case AttemptResult::kAnswerTooLarge:
      return "answer_too_large";
    case AttemptResult::kBadUrl:
      return "bad_url";
  }
  return "answered";
}

}  // namespace returnflows
