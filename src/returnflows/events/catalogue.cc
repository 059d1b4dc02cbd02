#include "returnflows/events/catalogue.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "returnflows/base/check.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/events/embedded_files.h"
#include "returnflows/events/json_scan.h"
#include "returnflows/events/json_schema.h"
#include "returnflows/events/payload_schema.h"

namespace returnflows {
namespace {

namespace dom = simdjson::dom;

struct Meaning {
  EventType type;
  std::string_view summary;
  std::string_view description;
};

constexpr std::array<Meaning, kEventTypeCount> kMeanings = {{
    {EventType::kReturnCreated,
     "A return was created by the customer",
     "The customer, or staff for the customer, submitted the return. A fee may still have to be "
     "paid. This is always the first event of a return."},
    {EventType::kReturnCompleted,
     "The return was created and is ready for processing",
     "Nothing is left for the customer to enter or to pay; the goods may come. The word means that "
     "creating is complete, not that the return is: that is return.closed."},
    {EventType::kReturnProcessed,
     "The return has been internally processed",
     "Staff, the warehouse or the automatic close handled the goods: decisions, received "
     "quantities and totals are final from now on. No money has moved yet."},
    {EventType::kReturnCanceled,
     "The return was canceled",
     "The return was called off before any money moved, and its items may be returned again. "
     "Its label is void and its exchange order canceled."},
    {EventType::kReturnPaused,
     "The return or order was paused",
     "The return stands still until it is resumed: nothing closes and no countdown runs. When a "
     "whole order is paused, each of its open returns sends one event."},
    {EventType::kReturnResumed,
     "The return was resumed (unpaused)",
     "The pause ended and the return goes on where it stood."},
    {EventType::kReturnClosed,
     "The return was completed and closed",
     "Refunds and gift cards were paid out, a waiting exchange was released and the order was "
     "updated. This is final."},
    {EventType::kReturnInstantExchange,
     "Exchange was released due to Instant Exchange",
     "The customer handed the parcel in, and the new goods may be sent without waiting for the old "
     "ones. At most once for each return."},
    {EventType::kReturnReset,
     "The return was reset",
     "Staff put the return back to its start. It keeps its id; its revision grows by one, and what "
     "was decided before no longer counts."},
    {EventType::kReturnLabelGenerated,
     "A return label was generated",
     "The carrier issued a label, the first one or one that replaces another. It stands among the "
     "labels of the return."},
    {EventType::kReturnAutoCloseInitiated,
     "Auto-close countdown started",
     "What the countdown waits for has happened. The return closes by itself when it runs out, "
     "unless something stops it before."},
    {EventType::kReturnAutoCloseCancelled,
     "Auto-close was canceled (e.g., due to missing tracking)",
     "The countdown was stopped before it ran out. The detail says why, and whether it starts "
     "again "
     "by itself."},
    {EventType::kReturnAutoCloseCompleted,
     "Return was successfully auto-closed",
     "The countdown ran out and the return was closed without staff. It follows return.closed at "
     "once."},
    {EventType::kReturnAutoCloseFailed,
     "Auto-close failed (e.g., due to refund error)",
     "Closing by itself did not work, and staff must look at the return; or the check after the "
     "close found a payout that failed. The phase in the detail tells the two apart."},
    {EventType::kShipmentInTransit,
     "Shipment is in transit",
     "The carrier has the parcel: the first scan after the customer handed it in. At most once for "
     "each shipment."},
    {EventType::kShipmentDelivered,
     "Shipment has been delivered",
     "The parcel reached the warehouse. A parcel that waits in a parcel shop is not delivered. At "
     "most once for each shipment."},
}};

std::string_view embedded_text(const std::string& path) {
  const auto files = embedded_files();
  const auto found = std::ranges::find(files, path, &EmbeddedFile::path);
  if (found == files.end()) std::fprintf(stderr, "%s is not embedded\n", path.c_str());
  RF_CHECK(found != files.end());
  return found->text;
}

// The file without white space, so that API answers and samples are compact.
std::string compact_file(const std::string& path) {
  dom::parser parser;
  dom::element document;
  const simdjson::padded_string text{embedded_text(path)};
  const bool is_json = parser.parse(text).get(document) == simdjson::SUCCESS;
  if (!is_json) std::fprintf(stderr, "%s is not JSON\n", path.c_str());
  RF_CHECK(is_json);
  // Not simdjson::minify(element): that would write numbers and strings anew.
  std::string compact(text.size(), '\0');
  std::size_t length = 0;
  RF_CHECK(simdjson::minify(text.data(), text.size(), compact.data(), length) == simdjson::SUCCESS);
  compact.resize(length);
  return compact;
}

// The value of member `key` of the compact object `object`, byte for byte.
std::string_view member_text(std::string_view object, std::string_view key) {
  dom::parser parser;
  dom::object members;
  RF_CHECK(parser.parse(simdjson::padded_string(object)).get(members) == simdjson::SUCCESS);
  std::size_t index = 0;
  bool is_found = false;
  for (const dom::key_value_pair member : members) {
    is_found = member.key == key;
    if (is_found) break;
    ++index;
  }
  RF_CHECK(is_found);
  return member_value_span(object, index, members.size());
}

// Makes one document out of the type's file and the definitions it points to: the texts of the
// catalogue, `$ref` and `properties` of the file, references turned inwards, then `$defs`.
std::string bundle_schema(const Meaning& meaning,
                          std::string_view name,
                          std::string_view definitions) {
  constexpr std::string_view kOtherFile = "definitions.json#";
  std::string file = compact_file("schemas/" + std::string{name} + ".json");
  for (std::size_t at = file.find(kOtherFile); at != std::string::npos;
       at = file.find(kOtherFile, at)) {
    file.replace(at, kOtherFile.size(), "#");
  }
  std::string schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":)";
  append_json_string(schema, name);
  schema += R"(,"description":)";
  append_json_string(schema,
                     std::string{meaning.summary} + ". " + std::string{meaning.description});
  schema += R"(,"$ref":)";
  schema += member_text(file, "$ref");
  schema += R"(,"properties":)";
  schema += member_text(file, "properties");
  schema += R"(,"$defs":)";
  schema += definitions;
  schema += '}';
  return schema;
}

// All that is made from the embedded files, once.
class Catalogue {
 public:
  static const Catalogue& instance() {
    static const Catalogue catalogue;
    return catalogue;
  }

  std::span<const EventTypeInfo> rows() const { return rows_; }

  const SchemaNode& payload(EventType type) const { return schemas_[index_of(type)].root(); }

 private:
  Catalogue() {
    const std::string definitions_file = compact_file("schemas/definitions.json");
    const std::string_view definitions = member_text(definitions_file, "$defs");
    schemas_.reserve(kEventTypeCount);
    for (std::size_t i = 0; i < kEventTypeCount; ++i)
      add(kMeanings[i], i, definitions);
  }

  void add(const Meaning& meaning, std::size_t index, std::string_view definitions) {
    RF_CHECK(index_of(meaning.type) == index);
    const std::string_view name = event_type_name(meaning.type);
    texts_[index].schema = bundle_schema(meaning, name, definitions);
    texts_[index].sample = compact_file("samples/" + std::string{name} + ".json");
    auto compiled = JsonSchema::compile(texts_[index].schema);
    if (!compiled) {
      std::fprintf(stderr, "%s: %s\n", std::string{name}.c_str(), compiled.error().detail.c_str());
    }
    RF_CHECK(compiled.has_value());
    schemas_.push_back(std::move(*compiled));
    rows_[index] = EventTypeInfo{.type = meaning.type,
                                 .name = name,
                                 .summary = meaning.summary,
                                 .description = meaning.description,
                                 .schema = texts_[index].schema,
                                 .sample = texts_[index].sample,
                                 .sample_data = member_text(texts_[index].sample, "data")};
  }

  struct Texts {
    std::string schema;
    std::string sample;
  };

  std::array<Texts, kEventTypeCount> texts_;
  std::vector<JsonSchema> schemas_;
  std::array<EventTypeInfo, kEventTypeCount> rows_;
};

}  // namespace

std::span<const EventTypeInfo> event_catalogue() {
  return Catalogue::instance().rows();
}

const EventTypeInfo& describe(EventType type) {
  return event_catalogue()[index_of(type)];
}

const SchemaNode& payload_schema(EventType type) {
  return Catalogue::instance().payload(type);
}

const SchemaNode& data_schema(EventType type) {
  const SchemaNode* const data = JsonSchema::property(payload_schema(type), "data");
  RF_CHECK(data != nullptr);
  return *data;
}

}  // namespace returnflows
