#include "returnflows/delivery/attempt_sentence.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace returnflows {
namespace {

// Long enough for any address that a person would paste back, short enough for one log line.
constexpr std::size_t kQuotedBytesMax = 300;

struct StatusAdvice {
  int status = 0;
  std::string_view text;  // Completes "The endpoint answered 404: …".
};

constexpr std::array kStatusAdvice{
    StatusAdvice{400,
                 "it could not read the request. Its answer may say why; compare the event with "
                 "what the receiver expects."},
    StatusAdvice{401,
                 "it wants other credentials, or could not verify the signature. Check that it has "
                 "this endpoint's secret and hashes the raw bytes of the body."},
    StatusAdvice{403,
                 "it refuses access. Check its firewall or address list, and the token in the URL "
                 "if there is one."},
    StatusAdvice{404,
                 "nothing is at this path. Check the URL, and in a low-code tool that the workflow "
                 "is switched on."},
    StatusAdvice{405, "it does not take POST at this URL. Check the path, or let it take POST."},
    StatusAdvice{408, "it gave up waiting for the request. Check the network in between."},
    StatusAdvice{409, "the event conflicts with what it has. Its answer may say with what."},
    StatusAdvice{410,
                 "it wants no more events, so the endpoint is disabled. Resume it if that is a "
                 "mistake."},
    StatusAdvice{413,
                 "the event is too large for it. Raise the body limit of the receiver or of the "
                 "proxy in front of it (nginx: client_max_body_size) to 256 KiB or more."},
    StatusAdvice{415,
                 "it does not take the content type application/json. Let the receiver accept it."},
    StatusAdvice{422, "it read the event and refused what is in it. Its answer may say why."},
    StatusAdvice{429, "it gets too many requests, so sending to it slows down."},
    StatusAdvice{500, "it failed while handling the event. Look into the receiver's log."},
    StatusAdvice{501, "it does not support POST. Check the URL."},
    StatusAdvice{502,
                 "the proxy in front of the receiver got no proper answer from it. Check that the "
                 "receiver runs; meanwhile sending slows down."},
    StatusAdvice{503,
                 "it is not available at the moment, so sending to it slows down. Check that the "
                 "receiver runs."},
    StatusAdvice{504,
                 "the proxy in front of the receiver waited too long for it. Let the receiver "
                 "answer at once and work afterwards; meanwhile sending slows down."}};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// The value of the first field `name` in raw header lines; empty when there is none.
std::string_view find_field(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !equal_ignoring_case(line.substr(0, colon), name)) {
      continue;
    }
    const std::string_view value = line.substr(colon + 1);
    const std::size_t first = value.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return value.substr(first, value.find_last_not_of(" \t") - first + 1);
  }
  return {};
}

// Untrusted text for a sentence: one line of visible ASCII.
std::string quoted(std::string_view text) {
  std::string out{text.substr(0, kQuotedBytesMax)};
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  if (text.size() > kQuotedBytesMax) out += "...";
  return out;
}

std::string redirect_sentence(const Attempt& attempt) {
  std::string sentence = "redirects are never followed. Update the URL to ";
  const std::string_view location = find_field(attempt.answer_headers, "location");
  sentence += location.empty() ? "the one that it redirects to" : quoted(location);
  return sentence + ".";
}

std::string answered_sentence(const Attempt& attempt, SuccessRule success) {
  const int status = attempt.status;
  const std::string start = "The endpoint answered " + std::to_string(status);
  if (status == 200) return start + ".";
  if (status >= 200 && status <= 299) {
    if (success == SuccessRule::kAny2xx) return start + ", which counts as delivered.";
    return start +
           ", and only 200 counts as delivered. Let it answer 200, or set success to any_2xx.";
  }
  if (status >= 300 && status <= 399) return start + ": " + redirect_sentence(attempt);
  const auto advice = std::ranges::find(kStatusAdvice, status, &StatusAdvice::status);
  if (advice != kStatusAdvice.end()) return start + ": " + std::string{advice->text};
  if (status >= 400 && status <= 499) {
    return start + ": it refused the request. Its answer may say why.";
  }
  if (status >= 500 && status <= 599) {
    return start + ": the failure is on its side. Look into the receiver's log.";
  }
  return start + ", which is not a status that ends a request. Check what listens at the URL.";
}

// " (connection refused)" after the words of ours, when the sender knows more.
std::string detail_of(const Attempt& attempt) {
  std::string_view detail = attempt.error_detail;
  if (detail.ends_with('.')) detail.remove_suffix(1);
  return detail.empty() ? "" : " (" + quoted(detail) + ")";
}

std::string timed_out_sentence(const Attempt& attempt) {
  const auto total = std::chrono::duration_cast<std::chrono::milliseconds>(attempt.timings.total);
  return "The endpoint did not answer within " + std::to_string(total.count()) + " ms" +
         detail_of(attempt) +
         ". Let it answer 200 at once and work afterwards, or raise attempt_timeout_ms; meanwhile "
         "sending slows down.";
}

}  // namespace

std::string attempt_sentence(const Attempt& attempt, SuccessRule success) {
  const std::string detail = detail_of(attempt);
  switch (attempt.result) {
    case AttemptResult::kAnswered:
      return answered_sentence(attempt, success);
    case AttemptResult::kDnsFailed:
      return "The host name of the URL could not be resolved" + detail +
             ". Check its spelling and its DNS records.";
    case AttemptResult::kBlockedAddress:
      return "The host resolves to an address that this server does not send to" + detail +
             ". Point it at a public address, or let the operator open this one.";
    case AttemptResult::kConnectRefused:
      return "The endpoint refused the connection" + detail +
             ". Check that the receiver runs and that the port in the URL is the one it listens "
             "on.";
    case AttemptResult::kConnectFailed:
      return "No connection to the endpoint could be made" + detail +
             ". Check the firewalls and routes in between.";
    case AttemptResult::kTlsFailed:
      return "No secure connection could be made" + detail +
             ". Check that the certificate is valid, names this host and is sent with its "
             "intermediate certificates.";
    case AttemptResult::kTimedOut:
      return timed_out_sentence(attempt);
    case AttemptResult::kReset:
      return "The connection broke before the answer was whole" + detail +
             ". Look into the log of the receiver or of the proxy in front of it.";
    case AttemptResult::kBadAnswer:
      return "What came back is not HTTP/1.1" + detail +
             ". Check the port of the URL, and whether it should begin with https:// or http://.";
    case AttemptResult::kAnswerTooLarge:
      return "The answer is too large" + detail +
             ". Let the receiver answer 200 with a short body or none.";
    case AttemptResult::kBadUrl:
      return "The URL cannot be sent to under the rules of this server" + detail +
             ". Update the URL.";
  }
  return {};
}

}  // namespace returnflows
