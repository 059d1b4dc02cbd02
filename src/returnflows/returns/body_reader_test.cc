#include "returnflows/returns/body_reader.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows::returns {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::array<std::string_view, 3> kFields = {"name", "price", "count"};

// A body of kFields and the sentences about it.
class Body {
 public:
  explicit Body(std::string_view json)
      : reader_(BodyReader::open(json, 4096, EmptyBody::kRefused).value()),
        root(reader_.root(kFields)) {}

  std::vector<std::string> problems() {
    std::vector<std::string> all;
    if (reader_.problems().empty()) return all;
    for (const FieldError& field : reader_.problems().refuse().error().fields)
      all.push_back(field.pointer + " " + field.detail);
    return all;
  }

 private:
  BodyReader reader_;

 public:
  ObjectReader root;
};

Currency danish() {
  return Currency::parse("DKK").value();
}

Error refusal_of(std::string_view json, EmptyBody empty = EmptyBody::kRefused) {
  const auto reader = BodyReader::open(json, 64, empty);
  return reader ? Error{.detail = "it was taken"} : reader.error();
}

TEST(BodyReader, RefusesWhatIsTooLarge) {
  EXPECT_EQ(refusal_of(std::string(65, ' ')).code, ErrorCode::kTooLarge);
}

TEST(BodyReader, RefusesWhatIsNoJson) {
  EXPECT_THAT(refusal_of("{").detail, HasSubstr("not valid JSON"));
}

TEST(BodyReader, RefusesWhatIsNoObject) {
  EXPECT_THAT(refusal_of("[]").detail, HasSubstr("must be a JSON object"));
}

TEST(BodyReader, RefusesAKeyThatStandsTwiceAnywhere) {
  const Error error = refusal_of(R"({"name": {"a": 1, "a": 2}})");
  ASSERT_THAT(error.fields, SizeIs(1));
  EXPECT_EQ(error.fields[0].pointer, "/name/a");
}

TEST(BodyReader, TakesAnEmptyBodyOnlyWhereItMayBeLeftOut) {
  EXPECT_THAT(refusal_of("").detail, HasSubstr("empty"));
  EXPECT_TRUE(BodyReader::open("", 64, EmptyBody::kIsEmptyObject).has_value());
}

TEST(ObjectReader, NamesTheNearestFieldForOneThatIsNotKnown) {
  Body body{R"({"cuont": 1})"};
  EXPECT_THAT(body.problems(),
              ElementsAre("/cuont This field is not known; did you mean 'count'?"));
}

TEST(ObjectReader, ListsTheFieldsWhenNoneIsNear) {
  Body body{R"({"something/else": 1})"};
  EXPECT_THAT(
      body.problems(),
      ElementsAre("/something~1else This field is not known; there are: name, price, count."));
}

TEST(ObjectReader, StopsAtTheLimitOfProblems) {
  std::string json = "{";
  for (int i = 0; i < 50; ++i)
    json += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\":0";
  Body body{json + "}"};
  EXPECT_THAT(body.problems(), SizeIs(limits::kFieldErrorsMax));
}

TEST(ObjectReader, ReadsNullAndEmptyTextAsAbsent) {
  Body body{R"({"name": "", "count": null})"};
  EXPECT_EQ(body.root.line("name", 10), std::nullopt);
  EXPECT_EQ(body.root.integer("count", 0, 10), std::nullopt);
  EXPECT_TRUE(body.root.is_missing("name"));
  EXPECT_THAT(body.problems(), IsEmpty());
}

TEST(ObjectReader, RefusesALineBreakInALine) {
  Body body{R"({"name": "a\nb"})"};
  EXPECT_EQ(body.root.line("name", 10), std::nullopt);
  EXPECT_EQ(body.root.text("name", 10), "a\nb");
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("control characters")));
}

TEST(ObjectReader, RefusesATextThatIsTooLong) {
  Body body{R"({"name": "abcdef"})"};
  EXPECT_EQ(body.root.line("name", 5), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre("/name Has 6 bytes; at most 5 are taken."));
}

TEST(ObjectReader, RefusesAnIntegerOutOfItsRange) {
  Body body{R"({"count": 11})"};
  EXPECT_EQ(body.root.integer("count", 1, 10), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre("/count Must be a whole number from 1 to 10."));
}

TEST(ObjectReader, ReadsMoney) {
  Body body{R"({"price": {"amount": "719.1", "currency": "DKK"}})"};
  EXPECT_EQ(body.root.money("price", danish()), (Money{.minor = 71910, .currency = danish()}));
}

TEST(ObjectReader, RefusesMoneyAsANumber) {
  Body body{R"({"price": 719.1})"};
  EXPECT_EQ(body.root.money("price", danish()), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr(R"(such as {"amount": "719.10")")));
}

TEST(ObjectReader, RefusesAnAmountAsANumber) {
  Body body{R"({"price": {"amount": 719.1, "currency": "DKK"}})"};
  EXPECT_EQ(body.root.money("price", danish()), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre("/price/amount Must be a string."));
}

TEST(ObjectReader, RefusesMoneyWithoutItsCurrency) {
  Body body{R"({"price": {"amount": "719.10"}})"};
  EXPECT_EQ(body.root.money("price", danish()), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("/price/currency This field is required")));
}

TEST(ObjectReader, RefusesAnotherCurrencyThanExpected) {
  Body body{R"({"price": {"amount": "719.10", "currency": "SEK"}})"};
  EXPECT_EQ(body.root.money("price", danish()), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("/price/currency All amounts")));
}

TEST(ObjectReader, RefusesMoreDecimalsThanTheCurrencyHas) {
  Body body{R"({"price": {"amount": "719.105", "currency": "DKK"}})"};
  EXPECT_EQ(body.root.money("price", danish()), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("DKK has 2 decimals")));
}

TEST(ObjectReader, RefusesMoneyBelowZeroUnlessItMayBe) {
  Body body{R"({"price": {"amount": "-1.00", "currency": "DKK"}})"};
  EXPECT_EQ(body.root.signed_money("price", danish())->minor, -100);
  EXPECT_EQ(body.root.money("price", danish()), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre("/price Must not be below zero."));
}

TEST(ObjectReader, RefusesMoneyBeyondAllReason) {
  Body body{R"({"price": {"amount": "10000000000000.01", "currency": "DKK"}})"};
  EXPECT_EQ(body.root.money("price", danish()), std::nullopt);
  EXPECT_THAT(body.problems(), SizeIs(1));
}

TEST(ObjectReader, ReadsADecimalWithoutAFloat) {
  Body body{R"({"name": "0.25", "price": "1"})"};
  EXPECT_EQ(body.root.decimal("name", 4, 10'000), 2'500);
  EXPECT_EQ(body.root.decimal("price", 4, 10'000), 10'000);
}

TEST(ObjectReader, RefusesADecimalThatIsTooLargeOrTooFine) {
  Body body{R"({"name": "25", "price": "0.12345"})"};
  EXPECT_EQ(body.root.decimal("name", 4, 10'000), std::nullopt);
  EXPECT_EQ(body.root.decimal("price", 4, 10'000), std::nullopt);
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("from 0 to 1"), HasSubstr("4 decimals")));
}

TEST(ObjectReader, ReadsObjectsWithTheirPointers) {
  Body body{R"({"name": [{"count": 1}, 2]})"};
  const auto objects = body.root.objects("name", 5, kFields);
  ASSERT_THAT(objects, SizeIs(1));
  EXPECT_EQ(objects[0].pointer(), "/name/0");
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("/name/1 Must be a JSON object")));
}

TEST(ObjectReader, ReportsEachWrongLineOfAList) {
  Body body{R"({"name": ["a", "", 3]})"};
  EXPECT_THAT(body.root.lines("name", 5, 10), SizeIs(3));
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("/name/1 "), HasSubstr("/name/2 ")));
}

TEST(ObjectReader, RefusesAListThatIsTooLong) {
  Body body{R"({"name": ["a", "b"]})"};
  EXPECT_THAT(body.root.lines("name", 1, 10), IsEmpty());
  EXPECT_THAT(body.problems(), ElementsAre(HasSubstr("at most 1 strings")));
}

}  // namespace
}  // namespace returnflows::returns
