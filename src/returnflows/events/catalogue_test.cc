#include "returnflows/events/catalogue.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "returnflows/events/payload_schema.h"
#include "returnflows/events/published_event.h"
#include "returnflows/events/schema_check.h"

namespace returnflows {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What is wrong with a whole payload, envelope included.
std::vector<std::string> wrong_fields(EventType type, std::string_view payload) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const simdjson::padded_string padded{payload};
  if (parser.parse(padded).get(element) != simdjson::SUCCESS) return {"not JSON"};
  std::vector<FieldError> errors;
  SchemaChecker{}.check(element, &payload_schema(type), nullptr, errors);
  std::vector<std::string> lines;
  for (const FieldError& error : errors)
    lines.push_back(error.pointer + " " + error.detail);
  return lines;
}

std::string schema_member(EventType type, std::string_view pointer) {
  simdjson::dom::parser parser;
  std::string_view text;
  const simdjson::padded_string padded{describe(type).schema};
  if (parser.parse(padded).at_pointer(pointer).get(text) != simdjson::SUCCESS) return "(none)";
  return std::string{text};
}

TEST(Catalogue, HasARowForEveryTypeInTheOrderOfTheNumbers) {
  ASSERT_EQ(event_catalogue().size(), kEventTypeCount);
  std::set<std::string_view> summaries;
  for (const EventType type : all_event_types()) {
    const EventTypeInfo& row = event_catalogue()[index_of(type)];
    EXPECT_EQ(row.type, type);
    EXPECT_EQ(row.name, event_type_name(type));
    EXPECT_EQ(&describe(type), &row);
    EXPECT_THAT(row.description, Not(IsEmpty()));
    EXPECT_TRUE(summaries.insert(row.summary).second) << row.summary;
  }
}

TEST(Catalogue, EverySampleIsValidAgainstItsOwnSchema) {
  for (const EventTypeInfo& row : event_catalogue()) {
    EXPECT_THAT(wrong_fields(row.type, row.sample), IsEmpty()) << row.name;
    EXPECT_THAT(row.sample, HasSubstr("\"type\":\"" + std::string{row.name} + "\""));
  }
}

TEST(Catalogue, NoSampleIsValidAgainstTheSchemaOfAnotherType) {
  for (const EventTypeInfo& row : event_catalogue()) {
    const EventType other = row.type == EventType::kReturnCreated ? EventType::kReturnClosed
                                                                  : EventType::kReturnCreated;
    EXPECT_THAT(wrong_fields(other, row.sample), Not(IsEmpty())) << row.name;
  }
}

TEST(Catalogue, SampleDataCanBePublished) {
  EventParser parser;
  for (const EventTypeInfo& row : event_catalogue()) {
    const auto checked = parser.check_data(row.type, row.sample_data);
    EXPECT_TRUE(checked) << row.name << ": " << checked.error().detail;
    EXPECT_TRUE(row.sample_data.starts_with("{\"return\":{\"id\":\"ret_")) << row.name;
    EXPECT_TRUE(row.sample.ends_with(std::string{row.sample_data} + "}")) << row.name;
  }
}

// Every key of the samples is described by the schemas: a sample with one of its values replaced
// by an array of arrays, which no field is, must be refused. Keys below `images` and `metadata`
// are free by intent and do not occur in the samples.
TEST(Catalogue, SchemasDescribeEveryFieldOfTheSamples) {
  for (const EventTypeInfo& row : event_catalogue()) {
    const std::string sample{row.sample};
    std::size_t replaced = 0;
    for (std::size_t at = sample.find("\":"); at != std::string::npos;
         at = sample.find("\":", at + 1)) {
      const std::size_t from = at + 2;
      if (sample[from] == '{' || sample[from] == '[') continue;
      std::size_t to = from + 1;
      if (sample[from] == '"') {
        while (sample[to] != '"')
          to += sample[to] == '\\' ? 2 : 1;
        ++to;
      } else {
        to = sample.find_first_of(",}]", from);
      }
      std::string broken = sample;
      broken.replace(from, to - from, "[[]]");
      ASSERT_THAT(wrong_fields(row.type, broken), Not(IsEmpty()))
          << row.name << ": " << sample.substr(at > 40 ? at - 40 : 0, 60);
      ++replaced;
    }
    EXPECT_GT(replaced, 150U) << row.name;
  }
}

TEST(Catalogue, PublishedSchemaStandsAloneAndNamesItsType) {
  for (const EventTypeInfo& row : event_catalogue()) {
    EXPECT_EQ(schema_member(row.type, "/$schema"), "https://json-schema.org/draft/2020-12/schema");
    EXPECT_EQ(schema_member(row.type, "/title"), row.name);
    EXPECT_EQ(schema_member(row.type, "/properties/type/const"), row.name);
    EXPECT_THAT(schema_member(row.type, "/description"), HasSubstr(std::string{row.summary}));
    EXPECT_THAT(row.schema, Not(HasSubstr("definitions.json")));
    EXPECT_THAT(row.schema, Not(HasSubstr("\n")));
  }
}

TEST(Catalogue, ReturnIdIsTheOnlyFieldThatProducersMustSend) {
  EventParser parser;
  for (const EventTypeInfo& row : event_catalogue()) {
    EXPECT_TRUE(parser.check_data(row.type, R"({"return":{"id":"r"}})")) << row.name;
    for (const std::string_view missing : {R"({})", R"({"return":{}})", R"({"detail":{}})"}) {
      EXPECT_FALSE(parser.check_data(row.type, missing)) << row.name << missing;
    }
  }
}

}  // namespace
}  // namespace returnflows
