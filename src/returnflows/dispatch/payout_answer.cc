#include "returnflows/dispatch/payout_answer.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

namespace dom = simdjson::dom;

// A provider's code stands in events and in tables; its sentence is for people.
constexpr std::size_t kCodeBytesMax = 64;
constexpr std::size_t kMessageBytesMax = 500;

bool is_control(char c) {
  constexpr unsigned char kDelete = 0x7F;
  const auto byte = static_cast<unsigned char>(c);
  return byte < ' ' || byte == kDelete;
}

// On one line, and cut between two characters.
std::string clean(std::string_view text, std::size_t bytes_max) {
  std::size_t end = std::min(text.size(), bytes_max);
  if (end < text.size()) {
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
  }
  std::string cleaned{text.substr(0, end)};
  for (char& c : cleaned) {
    if (is_control(c)) c = ' ';
  }
  return cleaned;
}

std::optional<std::string> text_at(dom::element json,
                                   std::string_view pointer,
                                   std::size_t bytes_max) {
  std::string_view text;
  if (json.at_pointer(pointer).get(text) != simdjson::SUCCESS || text.empty()) return std::nullopt;
  return clean(text, bytes_max);
}

// An id, or the end of a card's number: a text, or digits without quotes. A cut one would be a
// wrong one.
std::optional<std::string> id_at(dom::element json, std::string_view pointer) {
  std::uint64_t number = 0;
  if (json.at_pointer(pointer).get(number) == simdjson::SUCCESS) return std::to_string(number);
  std::string_view text;
  const bool is_usable = json.at_pointer(pointer).get(text) == simdjson::SUCCESS && !text.empty() &&
                         text.size() <= limits::kReturnNameBytesMax;
  if (!is_usable) return std::nullopt;
  return clean(text, text.size());
}

// The body as a JSON object, when it is one.
class AnswerBody {
 public:
  explicit AnswerBody(const Attempt& attempt) {
    const std::string& body = attempt.answer_body;
    if (body.empty() || attempt.answer_body_cut) return;
    if (parser_.allocate(body.size(), limits::kJsonDepthMax) != simdjson::SUCCESS) return;
    dom::element root;
    if (parser_.parse(body).get(root) == simdjson::SUCCESS && root.is_object()) root_ = root;
  }

  const std::optional<dom::element>& root() const { return root_; }

 private:
  dom::parser parser_;
  std::optional<dom::element> root_;
};

// What the provider says about a failure in its own words, in place of ours.
void take_error(const AnswerBody& body, returns::PayoutError& error) {
  if (!body.root()) return;
  const dom::element root = *body.root();
  if (auto text = text_at(root, "/error", kMessageBytesMax)) {
    error.message = std::move(*text);
    return;
  }
  if (auto code = text_at(root, "/error/code", kCodeBytesMax)) error.code = std::move(*code);
  if (auto text = text_at(root, "/error/message", kMessageBytesMax)) {
    error.message = std::move(*text);
  }
}

void settle(const AnswerBody& body, PayoutAnswer& answer) {
  answer.kind = PayoutAnswer::Kind::kSettled;
  if (!body.root()) return;
  answer.external_id = id_at(*body.root(), "/external_id");
  answer.last_characters = id_at(*body.root(), "/last_characters");
}

// The status, also of an answer that was too long to read to its end; 0 without one.
int status_of(const Attempt& attempt) {
  const bool has_status = attempt.result == AttemptResult::kAnswered ||
                          attempt.result == AttemptResult::kAnswerTooLarge;
  return has_status ? attempt.status : 0;
}

std::string status_text(int status) {
  return "The payout provider answered " + std::to_string(status);
}

returns::PayoutError error_of(const Attempt& attempt) {
  const int status = status_of(attempt);
  if (status != 0) {
    return {.code = "http_" + std::to_string(status),
            .message = status_text(status) + ".",
            .is_retryable = true};
  }
  std::string message = attempt.result == AttemptResult::kAnswered
                            ? "The payout provider's answer has no status"
                            : "The payout provider gave no answer";
  if (!attempt.error_detail.empty()) {
    message += ": " + clean(attempt.error_detail, kMessageBytesMax);
  }
  if (!message.ends_with('.')) message += '.';
  return {.code = std::string{attempt_result_name(attempt.result)},
          .message = std::move(message),
          .is_retryable = true};
}

PayoutAnswer nothing_from(const Attempt& attempt) {
  return {.kind = PayoutAnswer::Kind::kNothing,
          .may_have_arrived = may_have_arrived(attempt),
          .error = error_of(attempt)};
}

void refuse(PayoutAnswer& answer) {
  answer.kind = PayoutAnswer::Kind::kRefused;
  answer.error.is_retryable = false;
}

}  // namespace

bool may_have_arrived(const Attempt& attempt) {
  switch (attempt.result) {
    case AttemptResult::kDnsFailed:
    case AttemptResult::kBlockedAddress:
    case AttemptResult::kConnectRefused:
    case AttemptResult::kConnectFailed:
    case AttemptResult::kTlsFailed:
    case AttemptResult::kBadUrl:
      return false;
    case AttemptResult::kTimedOut:
      return !attempt.remote_address.empty();  // Else it was never connected.
    case AttemptResult::kAnswered:
    case AttemptResult::kReset:
    case AttemptResult::kBadAnswer:
    case AttemptResult::kAnswerTooLarge:
      return true;
  }
  return true;
}

PayoutAnswer judge_payout_order(const Attempt& attempt) {
  PayoutAnswer answer = nothing_from(attempt);
  const int status = status_of(attempt);
  const AnswerBody body(attempt);
  switch (status / 100) {
    case 2:
      answer.error = {};
      settle(body, answer);
      break;
    case 3:
      refuse(answer);
      answer.error.message = status_text(status) +
                             ", and redirects are not followed: enter the address that it leads to "
                             "as payouts.url.";
      break;
    case 4:
      answer.is_doubtful = status == 408 || status == 409;
      refuse(answer);
      take_error(body, answer.error);
      break;
    case 5:
      take_error(body, answer.error);
      break;
    default:
      break;
  }
  return answer;
}

PayoutAnswer judge_payout_question(const Attempt& attempt) {
  PayoutAnswer answer = nothing_from(attempt);
  const int status = status_of(attempt);
  if (status == 404) {
    answer.kind = PayoutAnswer::Kind::kUnknown;
    answer.error = {.code = "unknown_payout",
                    .message = "The payout provider does not know this payout.",
                    .is_retryable = false};
    return answer;
  }
  const AnswerBody body(attempt);
  if (status != 200 || !body.root()) return answer;
  const auto said = text_at(*body.root(), "/status", kCodeBytesMax);
  if (said == "settled") {
    answer.error = {};
    settle(body, answer);
  } else if (said == "pending") {
    answer.kind = PayoutAnswer::Kind::kPending;
    answer.error = {.code = "payout_pending",
                    .message = "The payout provider has not said yet what becomes of this payout.",
                    .is_retryable = true};
  } else if (said == "failed") {
    answer.error = {.code = "payout_failed",
                    .message = "The payout provider says that this payout has failed.",
                    .is_retryable = false};
    refuse(answer);
    take_error(body, answer.error);
  } else {
    answer.error = {.code = "bad_answer",
                    .message = "The payout provider's answer has no status that is known.",
                    .is_retryable = true};
  }
  return answer;
}

}  // namespace returnflows
