#include "returnflows/dispatch/payout_request.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace returnflows {
namespace {

// Names, separators, signatures and numbers: measured at 450 bytes.
constexpr std::size_t kHeadBytesTypical = 640;

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// What stands for itself in a segment of a path (RFC 3986 §3.3, pchar).
bool may_stand_in_path(char c) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.contains(c);
}

void append_segment(std::string& out, std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (may_stand_in_path(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 0xFU];
  }
}

void append_request_line(std::string& out,
                         std::string_view method,
                         std::string_view target,
                         const PayoutRequestParts& parts) {
  out += method;
  out += ' ';
  out += target;
  out += " HTTP/1.1\r\nHost: ";
  out += parts.host_header;
  out += "\r\nuser-agent: ";
  out += parts.user_agent;
  // Each request has a connection of its own: on one that was used before, a request whose answer
  // does not come could not be told from one that was never read.
  out += "\r\nconnection: close";
}

void append_signatures(std::string& out, const PayoutRequestParts& parts, std::string_view body) {
  out += "\r\nwebhook-id: ";
  out += parts.key;
  out += "\r\nwebhook-timestamp: ";
  append_number(out, parts.timestamp_seconds);
  out += "\r\nwebhook-signature: ";
  parts.signer->append_standard_signature(out, parts.key, parts.timestamp_seconds, body);
  out += "\r\nX-Returnflows-Signature: ";
  parts.signer->append_body_signature(out, body);
  out += "\r\n\r\n";
}

}  // namespace

std::string payout_key(const returns::PayoutRequest& request) {
  std::string key;
  append_segment(key, request.return_id);
  key += '/';
  append_number(key, request.revision);
  key += '/';
  append_segment(key, request.payout_id);
  return key;
}

void append_payout_order(std::string& out,
                         const PayoutRequestParts& parts,
                         const PayoutContent& content) {
  std::string body = R"({"payout":)";
  body.reserve(content.payout_json.size() + content.snapshot_json.size() + 32);
  body += content.payout_json;
  body += R"(,"return":)";
  body += content.snapshot_json;
  body += '}';
  out.reserve(out.size() + kHeadBytesTypical + parts.target.size() + body.size());
  append_request_line(out, "POST", parts.target, parts);
  out += "\r\ncontent-type: application/json\r\ncontent-length: ";
  append_number(out, static_cast<std::int64_t>(body.size()));
  out += "\r\nIdempotency-Key: ";
  out += parts.key;
  append_signatures(out, parts, body);
  out += body;
}

void append_payout_question(std::string& out, const PayoutRequestParts& parts) {
  append_request_line(out, "GET", question_target(parts.target, parts.key), parts);
  append_signatures(out, parts, {});
}

std::string question_target(std::string_view target, std::string_view key) {
  const std::size_t path_end = target.find('?');
  std::string asked{target.substr(0, path_end)};
  if (!asked.ends_with('/')) asked += '/';
  asked += key;
  if (path_end != std::string_view::npos) asked += target.substr(path_end);
  return asked;
}

}  // namespace returnflows
