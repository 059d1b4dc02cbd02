#include "returnflows/dispatch/request_head.h"

#include <array>
#include <charconv>

namespace returnflows {
namespace {

// Names, separators, signatures and numbers: measured at 640 bytes with two secrets.
constexpr std::size_t kHeadBytesTypical = 768;

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_request(std::string& out, const RequestParts& parts) {
  out.reserve(out.size() + kHeadBytesTypical + parts.target.size() + parts.body.size());
  out += "POST ";
  out += parts.target;
  out += " HTTP/1.1\r\nHost: ";
  out += parts.host_header;
  out += "\r\nuser-agent: ";
  out += parts.user_agent;
  out += "\r\ncontent-type: application/json\r\ncontent-length: ";
  append_number(out, static_cast<std::int64_t>(parts.body.size()));
  out += "\r\nwebhook-id: ";
  out += parts.event_id;
  out += "\r\nwebhook-timestamp: ";
  append_number(out, parts.timestamp_seconds);
  out += "\r\nwebhook-signature: ";
  parts.signer->append_standard_signature(out, parts.event_id, parts.timestamp_seconds, parts.body);
  if (parts.previous_signer != nullptr) {
    out += ' ';
    parts.previous_signer->append_standard_signature(
        out, parts.event_id, parts.timestamp_seconds, parts.body);
  }
  out += "\r\nX-Returnflows-Signature: ";
  parts.signer->append_body_signature(out, parts.body);
  if (parts.previous_signer != nullptr) {
    out += "\r\nX-Returnflows-Signature-Previous: ";
    parts.previous_signer->append_body_signature(out, parts.body);
  }
  out += "\r\nX-Returnflows-Event: ";
  out += parts.event_type;
  out += "\r\nX-Returnflows-Delivery: ";
  out += parts.delivery_id;
  out += "\r\nX-Returnflows-Attempt: ";
  append_number(out, parts.attempt_number);
  out += "\r\n\r\n";
  out += parts.body;
}

}  // namespace returnflows
