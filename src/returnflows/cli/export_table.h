#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returnflows {

// What `returnflows export` can write.
enum class ExportKind : std::uint8_t { kEvents, kReturns, kReturnItems, kDeliveries };

enum class ExportFormat : std::uint8_t { kNdjson, kCsv };

// "events", "returns", "return-items" or "deliveries"; nullopt for another word.
std::optional<ExportKind> find_export_kind(std::string_view word);

// "ndjson" or "csv"; nullopt for another word.
std::optional<ExportFormat> find_export_format(std::string_view word);

// The list of the API that the rows come from: "/v1/events".
std::string_view export_path(ExportKind kind);

// The names of the columns of a CSV, in their order. Released ones stay; new ones come at the end.
// Source: docs/operating/bi.md#csv.
std::vector<std::string_view> export_columns(ExportKind kind);

// Appends the first line of a CSV.
void append_csv_header(std::string& out, ExportKind kind);

// Appends the lines that stand for `row`, an element of the API's list as valid JSON: one, or for
// kReturnItems one for each item. NDJSON has the row as the server wrote it, a line each; CSV what
// export_columns() names, by RFC 4180 with CRLF, where null is an empty field and an empty text is
// "". Pure.
void append_export_lines(std::string& out,
                         ExportKind kind,
                         ExportFormat format,
                         std::string_view row);

}  // namespace returnflows
