#include "returnflows/cli/export_table.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/cli/json_text.h"
#include "returnflows/events/catalogue.h"

namespace returnflows {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string lines(ExportKind kind, ExportFormat format, std::string_view row) {
  std::string out;
  append_export_lines(out, kind, format, row);
  return out;
}

// The fields of the first line of a CSV, unquoted.
std::vector<std::string> fields(std::string_view csv) {
  std::vector<std::string> all(1);
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    if (csv[i] == '"') {
      if (quoted && csv.substr(i + 1).starts_with('"'))
        all.back() += csv[++i];
      else
        quoted = !quoted;
    } else if (csv[i] == ',' && !quoted) {
      all.emplace_back();
    } else if (csv[i] == '\r' && !quoted) {
      break;
    } else {
      all.back() += csv[i];
    }
  }
  return all;
}

// What the first line has under each column.
std::map<std::string_view, std::string> cells(ExportKind kind, std::string_view row) {
  const auto values = fields(lines(kind, ExportFormat::kCsv, row));
  const auto names = export_columns(kind);
  EXPECT_EQ(values.size(), names.size());
  std::map<std::string_view, std::string> found;
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
    found.emplace(names[i], values[i]);
  }
  return found;
}

// A return of two items.
constexpr std::string_view kReturn =
    R"({"id":"ret_1","number":"RF-1","status":"closed","created_at":"2026-02-02T09:00:00.000Z",)"
    R"("order":{"id":"1001","name":null},"flags":{"paused":false},"totals":{"currency":"DKK",)"
    R"("refund_total":{"amount":"719.10","currency":"DKK"}},"items":[)"
    R"({"id":"rit_01","sku":"TEE, \"M\"","quantity":2,"action":"refund","reason":{"code":"small",)"
    R"("label":"Too small"},"prices":{"unit_price":{"amount":"10.00","currency":"DKK"}}},)"
    R"({"id":"rit_02","sku":"","quantity":1,"action":"exchange","reason":null,)"
    R"("exchange_to":{"sku":"CAP"}}],)"
    R"("shipments":[{"handed_in_at":null},{"handed_in_at":"2026-02-04T09:00:00.000Z"},)"
    R"({"handed_in_at":"2026-02-03T09:00:00.000Z"}]})";

TEST(ExportTable, KnowsItsWords) {
  EXPECT_EQ(find_export_kind("return-items"), ExportKind::kReturnItems);
  EXPECT_EQ(find_export_kind("return"), std::nullopt);
  EXPECT_EQ(find_export_format("csv"), ExportFormat::kCsv);
  EXPECT_EQ(find_export_format("CSV"), std::nullopt);
}

TEST(ExportTable, HasTheNamesOfTheColumnsInTheFirstLine) {
  std::string header;
  append_csv_header(header, ExportKind::kDeliveries);
  EXPECT_THAT(header, StartsWith("id,event_id,event_type,"));
  EXPECT_THAT(header, EndsWith(",created_at,updated_at\r\n"));
}

TEST(ExportTable, WritesRowsAsTheServerDidInNdjson) {
  EXPECT_EQ(lines(ExportKind::kReturns, ExportFormat::kNdjson, "{ \"id\": \"r\",\n \"n\": 1.50 }"),
            "{\"id\":\"r\",\"n\":1.50}\n");
}

TEST(ExportTable, HasOneLineForEachItem) {
  const std::string csv = lines(ExportKind::kReturnItems, ExportFormat::kCsv, kReturn);
  EXPECT_EQ(std::ranges::count(csv, '\n'), 2);
  EXPECT_THAT(csv,
              StartsWith("ret_1,RF-1,closed,2026-02-02T09:00:00.000Z,1001,,rit_01,,"
                         "\"TEE, \"\"M\"\"\","));
  EXPECT_THAT(csv, HasSubstr(",2,,refund,small,Too small,,,,,DKK,10.00,,"));
}

TEST(ExportTable, TellsNullFromEmptyText) {
  const std::string csv = lines(ExportKind::kReturnItems, ExportFormat::kCsv, kReturn);
  EXPECT_THAT(csv, HasSubstr("rit_02,,\"\",,"));
}

TEST(ExportTable, QuotesLineBreaks) {
  EXPECT_THAT(
      lines(ExportKind::kDeliveries, ExportFormat::kCsv, R"({"id":"dlv_1","summary":"one\ntwo"})"),
      HasSubstr(",\"one\ntwo\","));
}

TEST(ExportTable, HasAnObjectForEachItemInNdjson) {
  EXPECT_THAT(lines(ExportKind::kReturnItems, ExportFormat::kNdjson, kReturn),
              StartsWith(R"({"return_id":"ret_1","return_number":"RF-1","return_status":"closed",)"
                         R"("return_created_at":"2026-02-02T09:00:00.000Z","order_id":"1001",)"
                         R"("order_name":null,"item":{"id":"rit_01",)"));
}

TEST(ExportTable, SumsUpTheItemsOfAReturn) {
  EXPECT_EQ(cells(ExportKind::kReturns, kReturn).at("item_count"), "2");
  EXPECT_EQ(cells(ExportKind::kReturns, kReturn).at("quantity"), "3");
  EXPECT_EQ(cells(ExportKind::kReturns, kReturn).at("actions"), "refund;exchange");
  EXPECT_EQ(cells(ExportKind::kReturns, kReturn).at("reason_codes"), "small");
  EXPECT_EQ(cells(ExportKind::kReturns, kReturn).at("refund_total"), "719.10");
}

TEST(ExportTable, TakesTheEarliestScanOfAllParcels) {
  EXPECT_EQ(cells(ExportKind::kReturns, kReturn).at("handed_in_at"), "2026-02-03T09:00:00.000Z");
  EXPECT_EQ(cells(ExportKind::kReturns, kReturn).at("delivered_at"), "");
}

// A path with a slip in it would leave its column empty for ever.
TEST(ExportTable, FindsEveryColumnInSomeSample) {
  for (const ExportKind kind :
       {ExportKind::kEvents, ExportKind::kReturns, ExportKind::kReturnItems}) {
    const auto names = export_columns(kind);
    std::set<std::string_view> never_found(names.begin(), names.end());
    for (const EventTypeInfo& info : event_catalogue()) {
      const std::string_view row =
          kind == ExportKind::kEvents ? info.sample : json_at(info.sample, "data.return");
      for (const auto& [name, value] : cells(kind, row)) {
        if (!value.empty()) never_found.erase(name);
      }
    }
    // The samples have no rejected item, exchange something in a second line, and leave out the
    // version, which is the API's.
    for (const std::string_view rare :
         {"rejection_reason", "exchange_sku", "exchange_variant_id", "version"}) {
      never_found.erase(rare);
    }
    EXPECT_THAT(never_found, IsEmpty());
  }
}

}  // namespace
}  // namespace returnflows
