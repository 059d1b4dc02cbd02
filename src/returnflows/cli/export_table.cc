#include "returnflows/cli/export_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/cli/json_text.h"

namespace returnflows {
namespace {

// One column: a dotted path into the row, or what works the cell out, as JSON.
struct ExportColumn {
  std::string_view name;
  std::string_view path;
  std::string (*work_out)(std::string_view row) = nullptr;
};

std::string item_count(std::string_view row) {
  return std::to_string(json_elements(json_member(row, "items")).size());
}

std::string quantity(std::string_view row) {
  std::int64_t sum = 0;
  for (const std::string_view item : json_elements(json_member(row, "items"))) {
    const std::string_view text = json_member(item, "quantity");
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    sum += count;
  }
  return std::to_string(sum);
}

// The different texts at `path` of the items, in their order: "refund;exchange".
std::string texts_of_items(std::string_view row, std::string_view path) {
  std::vector<std::string> seen;
  for (const std::string_view item : json_elements(json_member(row, "items"))) {
    std::string text = json_to_text(json_at(item, path));
    if (!text.empty() && std::ranges::find(seen, text) == seen.end())
      seen.push_back(std::move(text));
  }
  if (seen.empty()) return "null";
  std::string joined;
  for (const std::string& text : seen) {
    if (!joined.empty()) joined += ';';
    joined += text;
  }
  return json_quote(joined);
}

std::string actions(std::string_view row) {
  return texts_of_items(row, "action");
}

std::string reason_codes(std::string_view row) {
  return texts_of_items(row, "reason.code");
}

// The earliest time that a shipment has under `name`. Times of the API are all written alike, so
// that they compare as texts.
std::string earliest_of_shipments(std::string_view row, std::string_view name) {
  std::string_view earliest = "null";
  for (const std::string_view shipment : json_elements(json_member(row, "shipments"))) {
    const std::string_view at = json_member(shipment, name);
    if (at.starts_with('"') && (earliest == "null" || at < earliest)) earliest = at;
  }
  return std::string{earliest};
}

std::string handed_in_at(std::string_view row) {
  return earliest_of_shipments(row, "handed_in_at");
}

std::string delivered_at(std::string_view row) {
  return earliest_of_shipments(row, "delivered_at");
}

constexpr std::array<ExportColumn, 18> kEventColumns{{
    {.name = "id", .path = "id"},
    {.name = "type", .path = "type"},
    {.name = "api_version", .path = "api_version"},
    {.name = "environment", .path = "environment"},
    {.name = "created_at", .path = "created_at"},
    {.name = "occurred_at", .path = "occurred_at"},
    {.name = "return_id", .path = "subject.id"},
    {.name = "sequence", .path = "subject.sequence"},
    {.name = "revision", .path = "subject.revision"},
    {.name = "previous_status", .path = "previous_status"},
    {.name = "status", .path = "data.return.status"},
    {.name = "return_number", .path = "data.return.number"},
    {.name = "order_id", .path = "data.return.order.id"},
    {.name = "order_name", .path = "data.return.order.name"},
    {.name = "actor_type", .path = "cause.actor.type"},
    {.name = "actor_id", .path = "cause.actor.id"},
    {.name = "command", .path = "cause.command"},
    {.name = "correlation_id", .path = "cause.correlation_id"},
}};

constexpr std::array<ExportColumn, 40> kReturnColumns{{
    {.name = "id", .path = "id"},
    {.name = "number", .path = "number"},
    {.name = "iteration", .path = "iteration"},
    {.name = "revision", .path = "revision"},
    {.name = "version", .path = "version"},
    {.name = "status", .path = "status"},
    {.name = "display_status", .path = "display_status"},
    {.name = "paused", .path = "flags.paused"},
    {.name = "needs_review", .path = "flags.needs_review"},
    {.name = "fraud_hold", .path = "flags.fraud_hold"},
    {.name = "source", .path = "source"},
    {.name = "market_id", .path = "market.id"},
    {.name = "market_name", .path = "market.name"},
    {.name = "order_id", .path = "order.id"},
    {.name = "order_name", .path = "order.name"},
    {.name = "platform", .path = "order.platform"},
    {.name = "full_return", .path = "order.is_full_return"},
    {.name = "item_count", .path = "", .work_out = &item_count},
    {.name = "quantity", .path = "", .work_out = &quantity},
    {.name = "actions", .path = "", .work_out = &actions},
    {.name = "reason_codes", .path = "", .work_out = &reason_codes},
    {.name = "currency", .path = "totals.currency"},
    {.name = "items_value", .path = "totals.items_value.amount"},
    {.name = "refund_total", .path = "totals.refund_total.amount"},
    {.name = "gift_card_total", .path = "totals.gift_card_total.amount"},
    {.name = "exchange_credit", .path = "totals.exchange_credit.amount"},
    {.name = "return_label_fee", .path = "totals.return_label_fee.amount"},
    {.name = "customer_owes", .path = "totals.customer_owes.amount"},
    {.name = "payment_status", .path = "payment.status"},
    {.name = "exchange_status", .path = "exchange.status"},
    {.name = "created_at", .path = "created_at"},
    {.name = "updated_at", .path = "updated_at"},
    {.name = "completed_at", .path = "completed_at"},
    {.name = "handed_in_at", .path = "", .work_out = &handed_in_at},
    {.name = "delivered_at", .path = "", .work_out = &delivered_at},
    {.name = "processed_at", .path = "processed_at"},
    {.name = "closed_at", .path = "closed_at"},
    {.name = "canceled_at", .path = "canceled_at"},
    {.name = "closed_by", .path = "closed_by"},
    {.name = "hand_in_deadline", .path = "hand_in_deadline"},
}};

// Of the return that an item belongs to; they stand before the item's own.
constexpr std::array<ExportColumn, 6> kItemReturnColumns{{
    {.name = "return_id", .path = "id"},
    {.name = "return_number", .path = "number"},
    {.name = "return_status", .path = "status"},
    {.name = "return_created_at", .path = "created_at"},
    {.name = "order_id", .path = "order.id"},
    {.name = "order_name", .path = "order.name"},
}};

constexpr std::array<ExportColumn, 23> kItemColumns{{
    {.name = "item_id", .path = "id"},
    {.name = "order_line_id", .path = "order_line_id"},
    {.name = "sku", .path = "sku"},
    {.name = "barcode", .path = "barcode"},
    {.name = "product_id", .path = "product_id"},
    {.name = "variant_id", .path = "variant_id"},
    {.name = "title", .path = "title"},
    {.name = "variant_title", .path = "variant_title"},
    {.name = "quantity", .path = "quantity"},
    {.name = "quantity_received", .path = "quantity_received"},
    {.name = "action", .path = "action"},
    {.name = "reason_code", .path = "reason.code"},
    {.name = "reason_label", .path = "reason.label"},
    {.name = "decision", .path = "decision"},
    {.name = "rejection_reason", .path = "rejection_reason"},
    {.name = "condition", .path = "condition"},
    {.name = "restock", .path = "restock"},
    {.name = "currency", .path = "prices.unit_price.currency"},
    {.name = "unit_price", .path = "prices.unit_price.amount"},
    {.name = "net_total", .path = "prices.net_total.amount"},
    {.name = "exchange_sku", .path = "exchange_to.sku"},
    {.name = "exchange_variant_id", .path = "exchange_to.variant_id"},
    {.name = "gift_card_total", .path = "gift_card.total.amount"},
}};

constexpr std::array<ExportColumn, 14> kDeliveryColumns{{
    {.name = "id", .path = "id"},
    {.name = "event_id", .path = "event_id"},
    {.name = "event_type", .path = "event_type"},
    {.name = "endpoint_id", .path = "endpoint_id"},
    {.name = "return_id", .path = "return_id"},
    {.name = "status", .path = "status"},
    {.name = "held", .path = "held"},
    {.name = "attempts_made", .path = "attempts_made"},
    {.name = "next_attempt_at", .path = "next_attempt_at"},
    {.name = "last_status", .path = "last_status"},
    {.name = "last_error", .path = "last_error"},
    {.name = "summary", .path = "summary"},
    {.name = "created_at", .path = "created_at"},
    {.name = "updated_at", .path = "updated_at"},
}};

struct ExportTable {
  ExportKind kind;
  std::string_view word;
  std::string_view path;
  std::span<const ExportColumn> of_return;  // Of kReturnItems only.
  std::span<const ExportColumn> columns;
};

constexpr std::array<ExportTable, 4> kTables{{
    {ExportKind::kEvents, "events", "/v1/events", {}, kEventColumns},
    {ExportKind::kReturns, "returns", "/v1/returns", {}, kReturnColumns},
    {ExportKind::kReturnItems, "return-items", "/v1/returns", kItemReturnColumns, kItemColumns},
    {ExportKind::kDeliveries, "deliveries", "/v1/deliveries", {}, kDeliveryColumns},
}};

const ExportTable& table_of(ExportKind kind) {
  const auto* const found = std::ranges::find(kTables, kind, &ExportTable::kind);
  RF_CHECK(found != kTables.end());
  return *found;
}

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_cell(std::string& out, const ExportColumn& column, std::string_view row) {
  std::string worked_out;
  std::string_view value;
  if (column.work_out != nullptr) {
    worked_out = column.work_out(row);
    value = worked_out;
  } else {
    value = json_at(row, column.path);
  }
  if (value == "\"\"") {
    out += value;  // Told apart from null, which is an empty field.
  } else {
    append_field(out, json_to_text(value));
  }
}

void append_cells(std::string& out, std::span<const ExportColumn> columns, std::string_view row) {
  for (const ExportColumn& column : columns) {
    append_cell(out, column, row);
    out += ',';
  }
}

void end_csv_line(std::string& out) {
  out.back() = '\r';  // In place of the last comma.
  out += '\n';
}

// `{"return_id":…,…,"item":{…}}`: what a line of the CSV says of the return, and the whole item.
void append_item_object(std::string& out, std::string_view row, std::string_view item) {
  out += '{';
  for (const ExportColumn& column : kItemReturnColumns) {
    const std::string_view value = json_at(row, column.path);
    out.append("\"").append(column.name).append("\":");
    out.append(value.empty() ? "null" : value).append(",");
  }
  out.append("\"item\":").append(compact_json(item)).append("}\n");
}

}  // namespace

std::optional<ExportKind> find_export_kind(std::string_view word) {
  const auto* const found = std::ranges::find(kTables, word, &ExportTable::word);
  if (found == kTables.end()) return std::nullopt;
  return found->kind;
}

std::optional<ExportFormat> find_export_format(std::string_view word) {
  if (word == "ndjson") return ExportFormat::kNdjson;
  if (word == "csv") return ExportFormat::kCsv;
  return std::nullopt;
}

std::string_view export_path(ExportKind kind) {
  return table_of(kind).path;
}

std::vector<std::string_view> export_columns(ExportKind kind) {
  const ExportTable& table = table_of(kind);
  std::vector<std::string_view> names;
  for (const auto columns : {table.of_return, table.columns}) {
    for (const ExportColumn& column : columns) {
      names.push_back(column.name);
    }
  }
  return names;
}

void append_csv_header(std::string& out, ExportKind kind) {
  for (const std::string_view name : export_columns(kind)) {
    out.append(name).append(",");
  }
  end_csv_line(out);
}

void append_export_lines(std::string& out,
                         ExportKind kind,
                         ExportFormat format,
                         std::string_view row) {
  const ExportTable& table = table_of(kind);
  if (kind != ExportKind::kReturnItems) {
    if (format == ExportFormat::kNdjson) {
      out.append(compact_json(row)).append("\n");
      return;
    }
    append_cells(out, table.columns, row);
    end_csv_line(out);
    return;
  }
  for (const std::string_view item : json_elements(json_member(row, "items"))) {
    if (format == ExportFormat::kNdjson) {
      append_item_object(out, row, item);
      continue;
    }
    append_cells(out, table.of_return, row);
    append_cells(out, table.columns, item);
    end_csv_line(out);
  }
}

}  // namespace returnflows
