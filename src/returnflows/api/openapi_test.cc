#include "returnflows/api/openapi.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "returnflows/events/catalogue.h"

namespace returnflows {
namespace {

namespace json = boost::json;

const json::value& document() {
  static const json::value parsed = json::parse(openapi_document("1.2.3"));
  return parsed;
}

// The value behind "#/a/b", following no further reference; nullptr when there is none.
const json::value* find_target(std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  boost::system::error_code error;
  return document().find_pointer(reference.substr(1), error);
}

// `value`, or what it refers to.
const json::value& resolve(const json::value& value) {
  const json::value* reference = value.as_object().if_contains("$ref");
  return reference == nullptr ? value : *find_target(reference->as_string());
}

std::string_view text_of(const json::value& value) {
  return value.as_string();
}

using Visit = std::function<void(const json::object&, const std::string& place)>;

// Calls `visit` for every object of the document, and leaves out what is an example: there a member
// may be called anything.
void for_each_object(const json::value& value, const std::string& place, const Visit& visit) {
  if (const json::object* const object = value.if_object()) {
    visit(*object, place);
    for (const json::key_value_pair& member : *object) {
      if (member.key() == "example" || member.key() == "value") continue;
      for_each_object(member.value(), place + "/" + std::string{member.key()}, visit);
    }
  }
  if (const json::array* const items = value.if_array()) {
    for (const json::value& item : *items) {
      for_each_object(item, place + "/[]", visit);
    }
  }
}

const json::object& webhook_of(const EventTypeInfo& info) {
  return document().at("webhooks").at(info.name).at("post").as_object();
}

const json::value& webhook_content(const EventTypeInfo& info) {
  return webhook_of(info).at("requestBody").at("content").at("application/json");
}

// The component that holds a definition of the published schemas: "timeline_entry" is kept as
// PayloadTimelineEntry.
std::string component_of(std::string_view definition) {
  std::string name = "payload_" + std::string{definition};
  bool starts_word = true;
  for (char& c : name) {
    if (starts_word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    starts_word = c == '_';
  }
  std::erase(name, '_');
  return name;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// `schema` with the references to components led to `$defs` again, as the catalogue has them.
std::string turned_back(std::string schema, const json::object& definitions) {
  for (const json::key_value_pair& definition : definitions) {
    const std::string component = component_of(definition.key());
    const std::string shown = R"("$ref":"#/components/schemas/)" + component + '"';
    const std::string published = R"("$ref":"#/$defs/)" + std::string{definition.key()} + '"';
    replace_all(schema, R"("allOf":[{)" + shown + "}]", published);
    replace_all(schema, shown, published);
  }
  return schema;
}

struct Operation {
  std::string name;  // "GET /v1/events"
  const json::object& members;
};

std::vector<Operation> operations() {
  std::vector<Operation> all;
  for (const auto& [method, path] : documented_routes()) {
    std::string member = method;
    std::ranges::transform(
        member, member.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    all.push_back(
        {method + " " + path, document().at("paths").as_object().at(path).at(member).as_object()});
  }
  return all;
}

TEST(OpenApiDocument, NamesItsFormAndTheVersionItWasAskedFor) {
  EXPECT_EQ(document().at("openapi"), "3.1.0");
  EXPECT_EQ(document().at("info").at("version"), "1.2.3");
}

TEST(OpenApiDocument, IsJsonWhateverTheVersionIsCalled) {
  const json::value odd = json::parse(openapi_document("1\"\\\n"));
  EXPECT_EQ(odd.at("info").at("version"), "1\"\\\n");
}

TEST(OpenApiDocument, HasOneWebhookForEachEventType) {
  std::vector<std::string> expected;
  for (const EventTypeInfo& info : event_catalogue()) {
    expected.emplace_back(info.name);
  }
  std::vector<std::string> found;
  for (const json::key_value_pair& webhook : document().at("webhooks").as_object()) {
    found.emplace_back(webhook.key());
  }
  EXPECT_EQ(found.size(), 16U);
  EXPECT_EQ(found, expected);
}

TEST(OpenApiDocument, TellsTheTypeOfAWebhookInItsSchema) {
  for (const EventTypeInfo& info : event_catalogue()) {
    const json::value& schema = resolve(webhook_content(info).at("schema"));
    EXPECT_EQ(text_of(schema.at("properties").at("type").at("const")), info.name);
  }
}

TEST(OpenApiDocument, ShowsTheSampleOfTheCatalogueWithEachWebhook) {
  for (const EventTypeInfo& info : event_catalogue()) {
    const json::value& example = resolve(webhook_content(info).at("examples").at("sample"));
    EXPECT_EQ(example.at("value"), json::parse(json::string_view(info.sample))) << info.name;
  }
}

TEST(OpenApiDocument, DescribesEveryHeaderOfAWebhook) {
  const std::vector<std::string> expected = {"webhook-id",
                                             "webhook-timestamp",
                                             "webhook-signature",
                                             "X-Returnflows-Signature",
                                             "X-Returnflows-Signature-Previous",
                                             "X-Returnflows-Event",
                                             "X-Returnflows-Delivery",
                                             "X-Returnflows-Attempt"};
  for (const EventTypeInfo& info : event_catalogue()) {
    std::vector<std::string> found;
    for (const json::value& parameter : webhook_of(info).at("parameters").as_array()) {
      EXPECT_EQ(resolve(parameter).at("in"), "header");
      found.emplace_back(resolve(parameter).at("name").as_string());
    }
    EXPECT_EQ(found, expected) << info.name;
  }
}

TEST(OpenApiDocument, AsksForNoApiKeyOnWebhooks) {
  for (const EventTypeInfo& info : event_catalogue()) {
    EXPECT_TRUE(webhook_of(info).at("security").as_array().empty()) << info.name;
  }
}

// The schemas of the document are the published ones, but for where their references lead: with
// these turned back the texts are the same.
TEST(OpenApiDocument, SaysWhatThePublishedSchemasSay) {
  const json::object& schemas = document().at("components").at("schemas").as_object();
  for (const EventTypeInfo& info : event_catalogue()) {
    json::object published = json::parse(json::string_view(info.schema)).as_object();
    const json::object definitions = published.at("$defs").as_object();
    ASSERT_GT(definitions.size(), 20U);
    published.stable_erase("$schema");
    published.stable_erase("$defs");
    std::string shown = json::serialize(resolve(webhook_content(info).at("schema")));
    EXPECT_EQ(turned_back(shown, definitions), json::serialize(published));
    for (const json::key_value_pair& definition : definitions) {
      shown = json::serialize(schemas.at(component_of(definition.key())));
      EXPECT_EQ(turned_back(shown, definitions), json::serialize(definition.value()));
    }
  }
}

TEST(OpenApiDocument, HasNoReferenceThatLeadsNowhere) {
  std::size_t count = 0;
  for_each_object(document(), "#", [&count](const json::object& object, const std::string& place) {
    const json::value* const reference = object.if_contains("$ref");
    if (reference == nullptr) return;
    ++count;
    EXPECT_NE(find_target(reference->as_string()), nullptr) << place << ": " << *reference;
  });
  EXPECT_GT(count, 400U);
}

TEST(OpenApiDocument, HasEverySharedDefinitionOnce) {
  for_each_object(document(), "#", [](const json::object& object, const std::string& place) {
    EXPECT_FALSE(object.contains("$defs")) << place;
  });
  EXPECT_LT(openapi_document("1.2.3").size(), 400'000U);
}

TEST(OpenApiDocument, ListsTheRoutesOfTheApi) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"DELETE", "/v1/api-keys/{id}"},
      {"DELETE", "/v1/endpoints/{id}"},
      {"GET", "/healthz"},
      {"GET", "/metrics"},
      {"GET", "/openapi.json"},
      {"GET", "/readyz"},
      {"GET", "/v1/api-keys"},
      {"GET", "/v1/deliveries"},
      {"GET", "/v1/deliveries/{id}"},
      {"GET", "/v1/endpoints"},
      {"GET", "/v1/endpoints/{id}"},
      {"GET", "/v1/endpoints/{id}/secret"},
      {"GET", "/v1/event-types"},
      {"GET", "/v1/event-types/{type}"},
      {"GET", "/v1/events"},
      {"GET", "/v1/events/stream"},
      {"GET", "/v1/events/{id}"},
      {"GET", "/v1/merchants"},
      {"GET", "/v1/merchants/{id}"},
      {"GET", "/v1/returns/{id}/timeline"},
      {"GET", "/v1/test-clock"},
      {"GET", "/version"},
      {"PATCH", "/v1/endpoints/{id}"},
      {"POST", "/v1/api-keys"},
      {"POST", "/v1/deliveries/{id}/cancel"},
      {"POST", "/v1/deliveries/{id}/retry"},
      {"POST", "/v1/endpoints"},
      {"POST", "/v1/endpoints/{id}/pause"},
      {"POST", "/v1/endpoints/{id}/resume"},
      {"POST", "/v1/endpoints/{id}/secret/rotate"},
      {"POST", "/v1/endpoints/{id}/test"},
      {"POST", "/v1/events"},
      {"POST", "/v1/events/batch"},
      {"POST", "/v1/merchants"},
      {"POST", "/v1/test-clock"},
  };
  EXPECT_EQ(documented_routes(), expected);
  EXPECT_EQ(operations().size(), expected.size());
}

TEST(OpenApiDocument, GivesEveryOperationANameOfItsOwn) {
  std::set<std::string> names;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(names.emplace(operation.members.at("operationId").as_string()).second)
        << operation.name;
  }
  for (const EventTypeInfo& info : event_catalogue()) {
    EXPECT_TRUE(names.emplace(webhook_of(info).at("operationId").as_string()).second) << info.name;
  }
}

TEST(OpenApiDocument, AnswersEveryFailureOfTheApiWithAProblem) {
  for (const Operation& operation : operations()) {
    const json::object& answers = operation.members.at("responses").as_object();
    EXPECT_TRUE(answers.contains("default")) << operation.name;
    for (const json::key_value_pair& answer : answers) {
      if (answer.key().starts_with('2')) continue;
      EXPECT_EQ(resolve(answer.value()).at("content").at("application/problem+json").at("schema"),
                json::parse(R"({"$ref":"#/components/schemas/Problem"})"))
          << operation.name << " " << answer.key();
    }
  }
}

TEST(OpenApiDocument, AsksForAKeyEverywhereUnderV1AndNowhereElse) {
  for (const Operation& operation : operations()) {
    const bool is_open = operation.members.contains("security");
    const bool is_under_v1 = operation.name.find(" /v1/") != std::string::npos;
    EXPECT_NE(is_open, is_under_v1) << operation.name;
    EXPECT_EQ(operation.members.at("responses").as_object().contains("401"), is_under_v1)
        << operation.name;
  }
}

TEST(OpenApiDocument, OffersAnIdempotencyKeyWhereSomethingIsMade) {
  for (const Operation& operation : operations()) {
    const json::object& answers = operation.members.at("responses").as_object();
    const bool makes = answers.contains("201") || answers.contains("202");
    const json::value* const parameters = operation.members.if_contains("parameters");
    const bool offers =
        parameters != nullptr &&
        std::ranges::any_of(parameters->as_array(), [](const json::value& parameter) {
          return resolve(parameter).at("name") == "Idempotency-Key";
        });
    EXPECT_EQ(offers, makes) << operation.name;
    if (makes) EXPECT_TRUE(answers.contains("422")) << operation.name;
  }
}

}  // namespace
}  // namespace returnflows
