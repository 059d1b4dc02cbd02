#include "returnflows/events/published_event.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

#include <simdjson.h>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/events/json_problem.h"
#include "returnflows/events/json_scan.h"
#include "returnflows/events/payload_schema.h"
#include "returnflows/events/schema_check.h"

namespace returnflows {
namespace {

namespace dom = simdjson::dom;

// The smallest buffer: most events fit, so it rarely grows.
constexpr std::size_t kBufferBytesMin = 16UL * 1024;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_client_id(std::string_view text) {
  return !text.empty() && text.size() <= limits::kClientEventIdBytesMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

// The members that an event may have.
enum class Member : std::uint8_t { kType, kData, kOccurredAt, kId };
constexpr std::array<std::string_view, 4> kMemberNames = {"type", "data", "occurred_at", "id"};

// A member that was found, and its place among all members of the document.
struct FoundMember {
  dom::element value;
  std::size_t index = 0;
};

using FoundMembers = std::array<std::optional<FoundMember>, kMemberNames.size()>;

}  // namespace

struct EventParser::State {
  dom::parser parser;
  dom::document tape;
  std::vector<char> buffer;
  SchemaChecker checker;
  // What is wrong with the document at hand, and the code of the first of it.
  std::vector<FieldError> errors;
  ErrorCode code = ErrorCode::kInvalidInput;

  void start() {
    errors.clear();
    code = ErrorCode::kInvalidInput;
  }

  bool is_full() const { return errors.size() >= limits::kFieldErrorsMax; }

  void report(const PathStep* at, std::string sentence) {
    if (is_full()) return;
    errors.push_back({.pointer = json_pointer(at), .detail = std::move(sentence)});
  }

  void report_member(const PathStep* at, Member member, std::string sentence) {
    const PathStep step{.parent = at, .key = kMemberNames[static_cast<std::size_t>(member)]};
    report(&step, std::move(sentence));
  }

  std::optional<dom::element> load(std::string_view json, const PathStep* at);
  FoundMembers find_members(dom::object document, const PathStep* at);
  std::optional<EventType> read_type(const std::optional<FoundMember>& member, const PathStep* at);
  void read_occurred_at(dom::element value, const PathStep* at, PublishedEvent& event);
  void read_client_id(dom::element value, const PathStep* at, PublishedEvent& event);
  void read_return(dom::element data, const PathStep* data_step, PublishedEvent& event);
  PublishedEvent read_event(std::string_view json, const PathStep* at);
};

// Parses `json`; what it returns lives until the next call. Reports and returns nullopt when it
// is not JSON or too large.
std::optional<dom::element> EventParser::State::load(std::string_view json, const PathStep* at) {
  if (json.size() > limits::kEventBytesMax) {
    if (errors.empty()) code = ErrorCode::kTooLarge;
    report(at, too_large_sentence(json.size(), limits::kEventBytesMax, "event"));
    return std::nullopt;
  }
  if (json.starts_with(kByteOrderMark)) {
    report(at, "The text starts with a byte order mark; send UTF-8 without one.");
    return std::nullopt;
  }
  // The parser reads some bytes beyond the end, so the text is copied to where that is allowed.
  const std::size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
  if (buffer.size() < needed) {
    buffer.resize(std::max(kBufferBytesMin, std::bit_ceil(needed)));
    // One level more, because the parser counts the level inside of the innermost bracket.
    RF_CHECK(parser.allocate(buffer.size(), limits::kJsonDepthMax + 1) == simdjson::SUCCESS);
    RF_CHECK(tape.allocate(buffer.size()) == simdjson::SUCCESS);
  }
  std::memcpy(buffer.data(), json.data(), json.size());
  std::memset(buffer.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
  dom::element document;
  const auto code_of_parser =
      parser.parse_into_document(tape, buffer.data(), json.size(), false).get(document);
  if (code_of_parser == simdjson::SUCCESS) return document;
  report(at, std::string{broken_json_sentence(code_of_parser)});
  return std::nullopt;
}

FoundMembers EventParser::State::find_members(dom::object document, const PathStep* at) {
  FoundMembers members;
  std::size_t index = 0;
  for (const dom::key_value_pair field : document) {
    const PathStep step{.parent = at, .key = field.key};
    const auto known = std::ranges::find(kMemberNames, field.key);
    if (known == kMemberNames.end()) {
      report(&step,
             "This key is not known; an event has 'type', 'data', and optionally 'occurred_at' and "
             "'id'.");
    } else if (auto& member = members[static_cast<std::size_t>(known - kMemberNames.begin())]) {
      report(&step, "This key stands twice in its object; send it once.");
    } else {
      member = FoundMember{.value = field.value, .index = index};
    }
    ++index;
  }
  return members;
}

std::optional<EventType> EventParser::State::read_type(const std::optional<FoundMember>& member,
                                                       const PathStep* at) {
  std::string_view name;
  if (!member) {
    report_member(at,
                  Member::kType,
                  "This field is required; send something such as \"" +
                      std::string{event_type_name(EventType::kReturnCreated)} + "\".");
    return std::nullopt;
  }
  if (member->value.get(name) != simdjson::SUCCESS) {
    report_member(at, Member::kType, "Must be a string: the name of an event type.");
    return std::nullopt;
  }
  const auto type = find_event_type(name);
  if (!type) report_member(at, Member::kType, unknown_event_type_sentence(name));
  return type;
}

void EventParser::State::read_occurred_at(dom::element value,
                                          const PathStep* at,
                                          PublishedEvent& event) {
  if (value.is_null()) return;  // As good as absent: typed clients send it so.
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    if (const auto time = parse_rfc3339(text)) {
      event.occurred_at = *time;
      return;
    }
  }
  report_member(
      at, Member::kOccurredAt, "Must be an RFC 3339 time such as \"2026-02-07T02:00:00.210Z\".");
}

void EventParser::State::read_client_id(dom::element value,
                                        const PathStep* at,
                                        PublishedEvent& event) {
  if (value.is_null()) return;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS && is_client_id(text)) {
    event.client_id.emplace(text);
    return;
  }
  report_member(at,
                Member::kId,
                "Must be a string of 1 to 64 letters, digits, '_' and '-' that is the same each "
                "time this event is published.");
}

// Takes what routing needs out of `data`, which has been checked.
void EventParser::State::read_return(dom::element data,
                                     const PathStep* data_step,
                                     PublishedEvent& event) {
  dom::object snapshot;
  RF_CHECK(data["return"].get(snapshot) == simdjson::SUCCESS);
  std::string_view text;
  for (const dom::key_value_pair field : snapshot) {
    if (field.key == "id" && field.value.get(text) == simdjson::SUCCESS) {
      event.return_id.assign(text);
    } else if (field.key == "revision") {
      event.revision = integer_of(field.value).value_or(1);
    } else if (field.key == "previous_status" && field.value.get(text) == simdjson::SUCCESS) {
      event.previous_status.emplace(text);
    }
  }
  // The schema counts characters; the store and its indexes count bytes.
  if (event.return_id.size() > limits::kReturnIdBytesMax) {
    const PathStep return_step{.parent = data_step, .key = "return"};
    const PathStep id_step{.parent = &return_step, .key = "id"};
    report(&id_step, too_large_sentence(event.return_id.size(), limits::kReturnIdBytesMax, "id"));
  }
}

// Reads one event; it counts only when nothing was reported.
PublishedEvent EventParser::State::read_event(std::string_view json, const PathStep* at) {
  PublishedEvent event;
  const std::size_t errors_before = errors.size();
  const auto document = load(json, at);
  if (!document) return event;
  dom::object object;
  if (document->get(object) != simdjson::SUCCESS) {
    report(at,
           "An event must be a JSON object such as {\"type\": \"return.created\", \"data\": "
           "{\"return\": {\"id\": \"ret_1\"}}}.");
    return event;
  }
  const FoundMembers members = find_members(object, at);
  const auto& [type_member, data_member, occurred_at_member, id_member] = members;
  const auto type = read_type(type_member, at);
  if (occurred_at_member) read_occurred_at(occurred_at_member->value, at, event);
  if (id_member) read_client_id(id_member->value, at, event);
  if (!data_member) {
    report_member(at,
                  Member::kData,
                  "This field is required; send at least {\"return\": {\"id\": \"ret_1\"}}.");
    return event;
  }
  const PathStep data_step{.parent = at, .key = kMemberNames[1]};
  checker.check(data_member->value, type ? &data_schema(*type) : nullptr, &data_step, errors);
  if (errors.size() != errors_before) return event;
  event.type = *type;
  read_return(data_member->value, &data_step, event);
  event.data_json.assign(member_value_span(json, data_member->index, object.size()));
  return event;
}

EventParser::EventParser() : state_(std::make_unique<State>()) {}

EventParser::EventParser(EventParser&&) noexcept = default;
EventParser& EventParser::operator=(EventParser&&) noexcept = default;
EventParser::~EventParser() = default;

Result<PublishedEvent> EventParser::parse(std::string_view json) {
  state_->start();
  PublishedEvent event = state_->read_event(json, nullptr);
  if (!state_->errors.empty())
    return refuse_fields(state_->code, std::exchange(state_->errors, {}));
  return event;
}

Result<std::vector<PublishedEvent>> EventParser::parse_batch(std::string_view body) {
  state_->start();
  if (body.size() > limits::kBatchBytesMax) {
    return fail(ErrorCode::kTooLarge,
                too_large_sentence(body.size(), limits::kBatchBytesMax, "batch"));
  }
  // Split first and parse one by one: a parser for the whole body would need ten times its size.
  const std::string_view text = trim_json_space(body);
  RF_TRY(const auto documents,
         text.starts_with('[') ? split_array(text, limits::kBatchEventsMax)
                               : split_lines(text, limits::kBatchEventsMax));
  if (documents.empty()) {
    return fail(ErrorCode::kInvalidInput,
                "The batch is empty; send a JSON array of events, or one event a line.");
  }
  std::vector<PublishedEvent> events;
  events.reserve(documents.size());
  for (std::size_t i = 0; i < documents.size() && !state_->is_full(); ++i) {
    const PathStep step{.parent = nullptr, .key = std::nullopt, .index = i};
    events.push_back(state_->read_event(documents[i], &step));
  }
  if (!state_->errors.empty())
    return refuse_fields(state_->code, std::exchange(state_->errors, {}));
  return events;
}

Status EventParser::check_data(EventType type, std::string_view data_json) {
  state_->start();
  if (const auto data = state_->load(data_json, nullptr)) {
    state_->checker.check(*data, &data_schema(type), nullptr, state_->errors);
  }
  if (!state_->errors.empty())
    return refuse_fields(state_->code, std::exchange(state_->errors, {}));
  return {};
}

}  // namespace returnflows
