#include "returnflows/events/json_schema.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "returnflows/base/limits.h"
#include "returnflows/events/schema_check.h"

namespace returnflows {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "pointer detail" of everything that is wrong with `document`.
std::vector<std::string> wrong_fields(std::string_view schema_text, std::string_view document) {
  const auto schema = JsonSchema::compile(schema_text);
  if (!schema) return {"schema: " + schema.error().detail};
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const simdjson::padded_string padded{document};
  if (parser.parse(padded).get(element) != simdjson::SUCCESS) return {"not JSON"};
  std::vector<FieldError> errors;
  SchemaChecker{}.check(element, &schema->root(), nullptr, errors);
  std::vector<std::string> lines;
  for (const FieldError& error : errors)
    lines.push_back(error.pointer + " " + error.detail);
  return lines;
}

std::string compile_error(std::string_view schema_text) {
  const auto schema = JsonSchema::compile(schema_text);
  return schema ? "" : schema.error().detail;
}

using Lines = std::vector<std::string>;

TEST(JsonSchema, RefusesKeywordsThatItDoesNotCheck) {
  for (const std::string_view schema : {
           R"({"enum":["a"]})",
           R"({"additionalProperties":false})",
           R"({"oneOf":[]})",
           R"({"maxItems":3})",
           R"({"type":"number"})",
           R"({"type":[]})",
           R"({"type":7})",
           R"({"pattern":"^a+$"})",
           R"({"format":"email"})",
           R"({"const":3})",
           R"({"anyOf":[{"type":"string"},{"type":"null"}]})",
           R"({"$ref":"https://example.com/schema"})",
           R"({"$ref":"#/$defs/missing"})",
           R"({"items":true})",
           R"({"minLength":-1})",
           R"({"maximum":1.5})",
           R"({"required":"id"})",
           R"({"examples":[]})",
           R"({"properties":{"a":{"properties":{"b":{"maxProperties":1}}}}})",
           R"([])",
           R"({)",
       }) {
    EXPECT_NE(compile_error(schema), "") << schema;
  }
}

TEST(JsonSchema, NamesThePlaceOfWhatItDoesNotKnow) {
  EXPECT_EQ(compile_error(R"({"properties":{"a":{"items":{"enum":[1]}}}})"),
            "schema at '#/properties/a/items': 'enum' is not understood here");
}

TEST(JsonSchema, RefusesReferencesThatGoInACircle) {
  EXPECT_THAT(
      compile_error(
          R"({"$ref":"#/$defs/a","$defs":{"a":{"properties":{"b":{"$ref":"#/$defs/a"}}}}})"),
      HasSubstr("circle"));
}

TEST(JsonSchema, RefusesMoreThan64PropertiesInOneObject) {
  std::string properties;
  for (int i = 0; i < 64; ++i)
    properties += "\"p" + std::to_string(i) + "\":{},";
  const auto with = [&](std::string_view last) {
    return R"({"properties":{)" + properties + std::string{last} + "}}";
  };
  properties.pop_back();
  EXPECT_EQ(compile_error(with("")), "");
  EXPECT_THAT(compile_error(with(R"(,"one_more":{})")), HasSubstr("64"));
}

TEST(JsonSchema, ChecksTypes) {
  const std::string_view schema = R"({"properties":{
      "s":{"type":"string"},"i":{"type":"integer"},"b":{"type":"boolean"},"a":{"type":"array"},
      "o":{"type":"object"},"n":{"type":["string","null"]}}})";
  EXPECT_THAT(wrong_fields(schema, R"({"s":"","i":1.0,"b":false,"a":[],"o":{},"n":null,"x":[1]})"),
              IsEmpty());
  EXPECT_EQ(wrong_fields(schema, R"({"s":1,"i":1.5,"b":0,"a":{},"o":[],"n":true})"),
            (Lines{"/s Must be a string, not a number.",
                   "/i Must be an integer, not a number with a fraction.",
                   "/b Must be true or false, not a number.",
                   "/a Must be an array, not an object.",
                   "/o Must be an object, not an array.",
                   "/n Must be a string or null, not a boolean."}));
  EXPECT_EQ(wrong_fields(schema, R"({"s":null,"i":"1","b":"true"})"),
            (Lines{"/s Must be a string, not null.",
                   "/i Must be an integer, not a string.",
                   "/b Must be true or false, not a string."}));
}

TEST(JsonSchema, ShowsTheExampleOfWhatIsWanted) {
  EXPECT_EQ(wrong_fields(R"({"type":"string","examples":["719.10"]})", "719.1"),
            (Lines{" Must be a string such as \"719.10\", not a number."}));
  EXPECT_EQ(wrong_fields(
                R"({"required":["id"],"properties":{"id":{"type":"string","examples":["ret_1"]}}})",
                "{}"),
            (Lines{"/id This field is required; send something such as \"ret_1\"."}));
}

TEST(JsonSchema, ChecksIntegerBoundsInclusively) {
  const std::string_view schema = R"({"type":"integer","minimum":1,"maximum":9})";
  EXPECT_THAT(wrong_fields(schema, "1"), IsEmpty());
  EXPECT_THAT(wrong_fields(schema, "9"), IsEmpty());
  EXPECT_EQ(wrong_fields(schema, "0"), (Lines{" Must be at least 1."}));
  EXPECT_EQ(wrong_fields(schema, "10"), (Lines{" Must be at most 9."}));
  EXPECT_EQ(wrong_fields(schema, "18446744073709551615"), (Lines{" Must be at most 9."}));
  EXPECT_EQ(wrong_fields(schema, "1e300"), (Lines{" Must be at most 9."}));
  EXPECT_EQ(wrong_fields(schema, "-1e300"), (Lines{" Must be at least 1."}));
}

TEST(JsonSchema, CountsLengthsInCharactersNotBytes) {
  const std::string_view schema = R"({"type":"string","minLength":2,"maxLength":3})";
  EXPECT_THAT(wrong_fields(schema, "\"øøø\""), IsEmpty());
  EXPECT_THAT(wrong_fields(schema, "\"ab\""), IsEmpty());
  EXPECT_EQ(wrong_fields(schema, "\"ø\""), (Lines{" Must have at least 2 characters."}));
  EXPECT_EQ(wrong_fields(schema, "\"abcd\""), (Lines{" Must have at most 3 characters."}));
}

TEST(JsonSchema, ChecksDecimalsCurrenciesTimesAndControls) {
  for (const std::string_view good : {"0", "719.10", "-3.5", "0012"}) {
    EXPECT_TRUE(obeys(TextRule::kDecimal, good)) << good;
  }
  for (const std::string_view bad :
       {"", "-", ".5", "5.", "1.2.3", "+1", "1e5", "1,5", " 1", "--1"}) {
    EXPECT_FALSE(obeys(TextRule::kDecimal, bad)) << bad;
  }
  EXPECT_TRUE(obeys(TextRule::kCurrency, "DKK"));
  for (const std::string_view bad : {"", "DK", "dkk", "DKKK", "D1K"}) {
    EXPECT_FALSE(obeys(TextRule::kCurrency, bad)) << bad;
  }
  EXPECT_TRUE(obeys(TextRule::kDateTime, "2026-02-16T22:59:59Z"));
  EXPECT_TRUE(obeys(TextRule::kDateTime, "2026-02-16T22:59:59.5+02:00"));
  for (const std::string_view bad : {"", "2026-02-16", "2026-02-30T00:00:00Z", "yesterday"}) {
    EXPECT_FALSE(obeys(TextRule::kDateTime, bad)) << bad;
  }
  EXPECT_TRUE(obeys(TextRule::kNoControls, "gid://shopify/Return/1 ø"));
  EXPECT_FALSE(obeys(TextRule::kNoControls, "a\nb"));
  EXPECT_FALSE(obeys(TextRule::kNoControls, std::string_view("a\0b", 3)));
  EXPECT_FALSE(obeys(TextRule::kNoControls, "\x7F"));
}

TEST(JsonSchema, ChecksConstants) {
  EXPECT_THAT(wrong_fields(R"({"const":"a"})", R"("a")"), IsEmpty());
  EXPECT_EQ(wrong_fields(R"({"const":"a"})", R"("b")"), (Lines{" Must be 'a'."}));
  EXPECT_EQ(wrong_fields(R"({"const":"a"})", "[]"), (Lines{" Must be a string, not an array."}));
}

TEST(JsonSchema, ReferencesMayBeNullableAndMayBeAddedTo) {
  const std::string_view schema = R"({
      "$ref":"#/$defs/base",
      "properties":{"more":{"anyOf":[{"$ref":"#/$defs/text"},{"type":"null"}]},
                    "later":{"type":"integer"}},
      "$defs":{"base":{"type":"object","required":["first","later"],
                       "properties":{"first":{"$ref":"#/$defs/text"}}},
               "text":{"type":"string"}}})";
  EXPECT_THAT(wrong_fields(schema, R"({"first":"a","more":null,"later":1})"), IsEmpty());
  EXPECT_EQ(wrong_fields(schema, R"({"first":null,"more":3})"),
            (Lines{"/first Must be a string, not null.",
                   "/more Must be a string or null, not a number.",
                   "/later This field is required."}));
}

TEST(JsonSchema, PropertyDescribedTwiceIsRefused) {
  EXPECT_THAT(compile_error(R"({"$ref":"#/$defs/a","properties":{"x":{}},
                                "$defs":{"a":{"properties":{"x":{"type":"string"}}}}})"),
              HasSubstr("described twice"));
}

TEST(SchemaChecker, PointersEscapeTildeAndSlash) {
  EXPECT_EQ(wrong_fields(R"({"properties":{"a/b~c":{"items":{"type":"string"}}}})",
                         R"({"a/b~c":["x",1]})"),
            (Lines{"/a~1b~0c/1 Must be a string, not a number."}));
}

TEST(SchemaChecker, FindsKeysThatStandTwiceAtAnyLevel) {
  const std::string_view schema = R"({"properties":{"known":{"type":"object"}}})";
  const std::string twice = " This key stands twice in its object; send it once.";
  EXPECT_EQ(wrong_fields(schema, R"({"known":{},"known":{}})"), (Lines{"/known" + twice}));
  EXPECT_EQ(wrong_fields(schema, R"({"x":1,"y":2,"x":3})"), (Lines{"/x" + twice}));
  EXPECT_EQ(wrong_fields(schema, R"({"known":{"deep":[{"a":1,"a":1}]}})"),
            (Lines{"/known/deep/0/a" + twice}));
  // The same name in two objects, one inside of the other, is no repetition.
  EXPECT_THAT(wrong_fields(schema, R"({"x":{"x":{"x":1},"y":2},"y":{"x":1}})"), IsEmpty());
}

TEST(SchemaChecker, ComparesKeysAfterTheirEscapes) {
  EXPECT_EQ(wrong_fields("{}", R"({"a":1,"\u0061":2})").size(), 1U);
  EXPECT_THAT(wrong_fields("{}", R"({"a":1,"\\u0061":2})"), IsEmpty());
}

TEST(SchemaChecker, FindsTheOneRepetitionAmongManyKeys) {
  for (const int count : {2, 12, 13, 500}) {
    std::string object = "{";
    for (int i = 0; i < count; ++i)
      object += "\"key" + std::to_string(i) + "\":{\"a\":1},";
    EXPECT_THAT(wrong_fields("{}", object + "\"other\":1}"), IsEmpty()) << count;
    EXPECT_EQ(wrong_fields("{}", object + "\"key1\":1}"),
              (Lines{"/key1 This key stands twice in its object; send it once."}))
        << count;
  }
}

TEST(SchemaChecker, ReportsAtMostTwentyFields) {
  std::string array = "[1";
  for (int i = 0; i < 100; ++i)
    array += ",1";
  EXPECT_EQ(wrong_fields(R"({"items":{"type":"string"}})", array + "]").size(),
            limits::kFieldErrorsMax);
}

TEST(SchemaChecker, SearchesValuesOfTheWrongTypeForRepetitionsToo) {
  EXPECT_EQ(wrong_fields(R"({"properties":{"s":{"type":"string"}}})", R"({"s":{"a":1,"a":2}})"),
            (Lines{"/s Must be a string, not an object.",
                   "/s/a This key stands twice in its object; send it once."}));
}

}  // namespace
}  // namespace returnflows
