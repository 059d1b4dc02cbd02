#include "returnflows/api/openapi.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "returnflows/api/openapi_files.h"
#include "returnflows/base/check.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/events/catalogue.h"

namespace returnflows {
namespace {

namespace json = boost::json;

// What document.json has for `info.version`, with its quotes.
constexpr std::string_view kVersionMark = R"("{version}")";

constexpr std::string_view kDefinitions = "#/$defs/";
constexpr std::string_view kSchemas = "#/components/schemas/";

// The files and the catalogue are part of the binary: what is wrong with them is a bug.
json::object parse_embedded(std::string_view name, std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  const bool is_object = !error && value.is_object();
  if (!is_object) std::fprintf(stderr, "%s is no JSON object\n", std::string{name}.c_str());
  RF_CHECK(is_object);
  return std::move(value.get_object());
}

json::object load(std::string_view path) {
  const auto files = openapi_files();
  const auto found = std::ranges::find(files, path, &EmbeddedFile::path);
  RF_CHECK(found != files.end());
  return parse_embedded(path, found->text);
}

// Adds a member whose name must be new, or say the same as the one that is there.
void add(json::object& object, std::string_view name, json::value value) {
  const auto [place, is_new] = object.emplace(name, value);
  if (!is_new && place->value() != value) {
    std::fprintf(stderr, "%s is defined twice\n", std::string{name}.c_str());
  }
  RF_CHECK(is_new || place->value() == value);
}

// "return.auto_close_failed" becomes "ReturnAutoCloseFailed".
std::string pascal_case(std::string_view name) {
  std::string out;
  bool starts_word = true;
  for (const char c : name) {
    if (c == '.' || c == '_') {
      starts_word = true;
      continue;
    }
    out += starts_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    starts_word = false;
  }
  return out;
}

// The name of a shared definition of the published schemas among the components.
std::string definition_component(std::string_view definition) {
  return "Payload" + pascal_case(definition);
}

std::string payload_component(std::string_view event_type) {
  return pascal_case(event_type) + "Payload";
}

json::object reference_to_schema(std::string_view component) {
  return {{"$ref", std::string{kSchemas} + std::string{component}}};
}

// Where a definition of the published schemas stands in the document.
json::string turned_reference(const json::string& reference) {
  const std::string_view text = reference;
  RF_CHECK(text.starts_with(kDefinitions));
  const std::string component = definition_component(text.substr(kDefinitions.size()));
  return json::string(std::string{kSchemas} + component);
}

// Makes a schema of the catalogue, and all below it, one of the document: references lead to the
// components, and where a reference has other members beside it, it becomes `allOf`. That says the
// same, but many tools still take `$ref` for the whole, as it was before OpenAPI 3.1.
void adopt_schema(json::value& value) {
  if (json::array* const items = value.if_array()) {
    for (json::value& item : *items) {
      adopt_schema(item);
    }
  }
  json::object* const members = value.if_object();
  if (members == nullptr) return;
  json::object adopted;
  for (json::key_value_pair& member : *members) {
    if (member.key() != "$ref" || !member.value().is_string()) {
      adopt_schema(member.value());
      adopted.emplace(member.key(), std::move(member.value()));
      continue;
    }
    json::object reference{{"$ref", turned_reference(member.value().get_string())}};
    if (members->size() == 1) {
      *members = std::move(reference);
      return;
    }
    json::array parts;
    parts.emplace_back(std::move(reference));
    adopted.emplace("allOf", std::move(parts));
  }
  *members = std::move(adopted);
}

// Adds the schema of one event type, and the definitions that it shares with the others.
void add_payload_schema(json::object& schemas, const EventTypeInfo& info) {
  json::object published = parse_embedded(info.name, info.schema);
  json::value* const definitions = published.if_contains("$defs");
  RF_CHECK(definitions != nullptr && definitions->is_object());
  for (json::key_value_pair& definition : definitions->get_object()) {
    adopt_schema(definition.value());
    add(schemas, definition_component(definition.key()), std::move(definition.value()));
  }
  published.stable_erase("$defs");  // Not erase(), which mixes up the order.
  published.stable_erase("$schema");
  json::value schema = std::move(published);
  adopt_schema(schema);
  add(schemas, payload_component(info.name), std::move(schema));
}

json::object event_type_name_schema() {
  json::array names;
  for (const EventTypeInfo& info : event_catalogue()) {
    names.emplace_back(info.name);
  }
  return {
      {"type", "string"}, {"description", "Name of an event type."}, {"enum", std::move(names)}};
}

// Any event, told apart by `type`.
json::object event_schema() {
  json::array kinds;
  json::object mapping;
  for (const EventTypeInfo& info : event_catalogue()) {
    const std::string component = payload_component(info.name);
    kinds.emplace_back(reference_to_schema(component));
    mapping.emplace(info.name, std::string{kSchemas} + component);
  }
  return {{"description", "An event, as it is kept, signed and sent."},
          {"oneOf", std::move(kinds)},
          {"discriminator", {{"propertyName", "type"}, {"mapping", std::move(mapping)}}}};
}

json::object schemas() {
  json::object all = load("openapi/schemas.json");
  add(all, "EventTypeName", event_type_name_schema());
  add(all, "Event", event_schema());
  for (const EventTypeInfo& info : event_catalogue()) {
    add_payload_schema(all, info);
  }
  return all;
}

json::object examples() {
  json::object all;
  json::array page;
  for (const EventTypeInfo& info : event_catalogue()) {
    json::object sample = parse_embedded(info.name, info.sample);
    if (page.empty()) page.emplace_back(sample);
    add(all,
        pascal_case(info.name),
        json::object{{"summary", info.summary}, {"value", std::move(sample)}});
  }
  add(all,
      "EventPage",
      json::object{{"summary", "A page that is also the last one"},
                   {"value", {{"data", std::move(page)}, {"next_cursor", nullptr}}}});
  return all;
}

json::object components() {
  return {{"schemas", schemas()},
          {"parameters", load("openapi/parameters.json")},
          {"headers", load("openapi/headers.json")},
          {"responses", load("openapi/responses.json")},
          {"examples", examples()},
          {"securitySchemes", load("openapi/security_schemes.json")}};
}

// The request that tells an endpoint of an event.
json::object webhook_operation(const EventTypeInfo& info) {
  const std::string name = pascal_case(info.name);
  json::object content{
      {"schema", reference_to_schema(payload_component(info.name))},
      {"examples", {{"sample", {{"$ref", "#/components/examples/" + name}}}}},
  };
  json::object operation{
      {"operationId", "receive" + name},
      {"summary", info.summary},
      {"description", info.description},
      {"requestBody",
       {{"description", "The event, exactly the bytes that are signed."},
        {"required", true},
        {"content", {{"application/json", std::move(content)}}}}},
  };
  for (json::key_value_pair& member : load("openapi/webhook.json")) {
    add(operation, member.key(), std::move(member.value()));
  }
  return operation;
}

json::object webhooks() {
  json::object all;
  for (const EventTypeInfo& info : event_catalogue()) {
    add(all, info.name, json::object{{"post", webhook_operation(info)}});
  }
  return all;
}

json::object paths() {
  json::object all;
  for (const EmbeddedFile& file : openapi_files()) {
    if (!file.path.starts_with("openapi/paths_")) continue;
    for (json::key_value_pair& path : parse_embedded(file.path, file.text)) {
      add(all, path.key(), std::move(path.value()));
    }
  }
  return all;
}

// The document as text, cut where the version goes: it is asked for without a key, so that
// answering it must cost no more than a copy.
struct DocumentText {
  std::string before_version;
  std::string after_version;
};

DocumentText make_document() {
  json::object document = load("openapi/document.json");
  add(document, "paths", paths());
  add(document, "webhooks", webhooks());
  add(document, "components", components());
  const std::string text = json::serialize(document);
  const std::size_t mark = text.find(kVersionMark);
  RF_CHECK(mark != std::string::npos);
  return {text.substr(0, mark), text.substr(mark + kVersionMark.size())};
}

}  // namespace

std::string openapi_document(std::string_view version) {
  static const DocumentText document = make_document();
  std::string text = document.before_version;
  append_json_string(text, version);
  text += document.after_version;
  return text;
}

std::vector<std::pair<std::string, std::string>> documented_routes() {
  // Beside these a path may have `parameters` and the like.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kMethods = {
      {{"get", "GET"}, {"post", "POST"}, {"put", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}}};
  std::vector<std::pair<std::string, std::string>> routes;
  for (const json::key_value_pair& path : paths()) {
    for (const auto& [member, method] : kMethods) {
      if (path.value().get_object().contains(member)) routes.emplace_back(method, path.key());
    }
  }
  std::ranges::sort(routes);
  return routes;
}

}  // namespace returnflows
