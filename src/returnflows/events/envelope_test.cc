#include "returnflows/events/envelope.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "returnflows/base/json_writer.h"
#include "returnflows/base/time_text.h"
#include "returnflows/events/catalogue.h"
#include "returnflows/events/payload_schema.h"
#include "returnflows/events/schema_check.h"

namespace returnflows {
namespace {

namespace dom = simdjson::dom;

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string render(const Envelope& envelope) {
  std::string out;
  append_envelope(out, envelope);
  return out;
}

Envelope small_envelope() {
  return Envelope{.id = "evt_1",
                  .type = EventType::kReturnPaused,
                  .test = false,
                  .created_at = parse_rfc3339("2026-02-03T08:00:00.123Z").value(),
                  .occurred_at = parse_rfc3339("2026-02-03T07:59:59Z").value(),
                  .account_id = "mer_1",
                  .account_name = "Example Shop",
                  .return_id = "ret_1",
                  .sequence = 4,
                  .revision = 2,
                  .previous_status = std::nullopt,
                  .cause = {},
                  .data_json = R"({"return":{"id":"ret_1"}})"};
}

// The text at `pointer`, absent when it is null.
std::optional<std::string_view> text_at(dom::element document, std::string_view pointer) {
  const dom::element value = document.at_pointer(pointer).value();
  if (value.is_null()) return std::nullopt;
  return value.get_string().value();
}

// The envelope that the sample `document` must have come from.
Envelope envelope_of(dom::element document, const EventTypeInfo& row) {
  const auto text = [&](std::string_view pointer) { return text_at(document, pointer).value(); };
  return Envelope{.id = text("/id"),
                  .type = row.type,
                  .test = text("/environment") == "test",
                  .created_at = parse_rfc3339(text("/created_at")).value(),
                  .occurred_at = parse_rfc3339(text("/occurred_at")).value(),
                  .account_id = text("/account/id"),
                  .account_name = text("/account/name"),
                  .return_id = text("/subject/id"),
                  .sequence = document.at_pointer("/subject/sequence").get_int64().value(),
                  .revision = document.at_pointer("/subject/revision").get_int64().value(),
                  .previous_status = text_at(document, "/previous_status"),
                  .cause = {.actor_type = text("/cause/actor/type"),
                            .actor_id = text_at(document, "/cause/actor/id"),
                            .actor_name = text_at(document, "/cause/actor/name"),
                            .command = text("/cause/command"),
                            .correlation_id = text_at(document, "/cause/correlation_id")},
                  .data_json = row.sample_data};
}

TEST(Envelope, HasTheseBytes) {
  EXPECT_EQ(render(small_envelope()),
            R"({"id":"evt_1","type":"return.paused","api_version":"2026-02-01",)"
            R"("environment":"live","created_at":"2026-02-03T08:00:00.123Z",)"
            R"("occurred_at":"2026-02-03T07:59:59.000Z",)"
            R"("account":{"id":"mer_1","name":"Example Shop"},)"
            R"("subject":{"type":"return","id":"ret_1","sequence":4,"revision":2},)"
            R"("previous_status":null,)"
            R"("cause":{"actor":{"type":"api","id":null,"name":null},)"
            R"("command":"PublishEvent","correlation_id":null},)"
            R"("data":{"return":{"id":"ret_1"}}})");
}

TEST(Envelope, AppendsToWhatIsThere) {
  std::string out = "before";
  append_envelope(out, small_envelope());
  EXPECT_EQ(out, "before" + render(small_envelope()));
}

TEST(Envelope, GivesTheSamplesBackByteForByte) {
  for (const EventTypeInfo& row : event_catalogue()) {
    dom::parser parser;
    const simdjson::padded_string padded{row.sample};
    const dom::element document = parser.parse(padded).value();
    std::string expected{row.sample};
    // Samples may write whole seconds for what the carrier reported; the envelope always has
    // milliseconds.
    const std::string_view occurred = text_at(document, "/occurred_at").value();
    const std::size_t at = expected.find(occurred, expected.find("occurred_at"));
    expected.replace(at, occurred.size(), format_rfc3339(parse_rfc3339(occurred).value()));
    EXPECT_EQ(render(envelope_of(document, row)), expected) << row.name;
  }
}

TEST(Envelope, TestEventsSaySo) {
  Envelope envelope = small_envelope();
  envelope.test = true;
  EXPECT_NE(render(envelope).find(R"("environment":"test")"), std::string::npos);
}

TEST(Envelope, EscapesEveryTextThatCallersChoose) {
  const std::string_view nasty = "\"\\\n\x01ø";
  Envelope envelope = small_envelope();
  envelope.id = nasty;
  envelope.account_id = nasty;
  envelope.account_name = nasty;
  envelope.return_id = nasty;
  envelope.previous_status = nasty;
  envelope.cause = {.actor_type = nasty,
                    .actor_id = nasty,
                    .actor_name = nasty,
                    .command = nasty,
                    .correlation_id = nasty};
  dom::parser parser;
  const simdjson::padded_string padded{render(envelope)};
  const dom::element document = parser.parse(padded).value();
  for (const std::string_view pointer : {"/id",
                                         "/account/id",
                                         "/account/name",
                                         "/subject/id",
                                         "/previous_status",
                                         "/cause/actor/type",
                                         "/cause/actor/id",
                                         "/cause/actor/name",
                                         "/cause/command",
                                         "/cause/correlation_id"}) {
    EXPECT_EQ(text_at(document, pointer), nasty) << pointer;
  }
}

TEST(Envelope, IsValidAgainstThePublishedSchema) {
  dom::parser parser;
  const simdjson::padded_string padded{render(small_envelope())};
  std::vector<FieldError> errors;
  SchemaChecker{}.check(
      parser.parse(padded).value(), &payload_schema(EventType::kReturnPaused), nullptr, errors);
  EXPECT_TRUE(errors.empty()) << errors.front().pointer << " " << errors.front().detail;
}

TEST(JsonString, EveryAsciiCharacterReadsBackAsItself) {
  std::string text;
  for (char c = 0; c != 127; ++c)
    text += c;
  dom::parser parser;
  const simdjson::padded_string padded{json_string(text)};
  EXPECT_EQ(parser.parse(padded).get_string().value(), text);
}

}  // namespace
}  // namespace returnflows
