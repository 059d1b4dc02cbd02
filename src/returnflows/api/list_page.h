#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "returnflows/api/query.h"
#include "returnflows/api/response.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/store/records.h"

namespace returnflows {

// "next_cursor" for the row to go on from; null at the end.
inline void append_next_cursor(JsonWriter& json,
                               const std::optional<std::int64_t>& next,
                               const ListQuestion& question,
                               const IdCodec& ids) {
  if (next) {
    json.member("next_cursor", format_cursor(ids, question.kind, question.order, *next));
  } else {
    json.key("next_cursor").null();
  }
}

// {"data":[…],"next_cursor":…}: `append(json, row)` writes each row.
template <class Row, class Append>
Response list_response(const Page<Row>& page,
                       const ListQuestion& question,
                       const IdCodec& ids,
                       Append append) {
  Response response;
  JsonWriter json(response.body);
  json.open_object();
  json.key("data").open_array();
  for (const Row& row : page.rows) {
    append(json, row);
  }
  json.close_array();
  append_next_cursor(json, page.next, question, ids);
  json.close_object();
  return response;
}

// The page of `rows`, which lie in memory in any order and carry an `id`.
template <class Thing>
Page<std::shared_ptr<const Thing>> page_of(std::vector<std::shared_ptr<const Thing>> rows,
                                           const ListQuestion& question) {
  const bool ascending = question.order == ListOrder::kAscending;
  std::ranges::sort(rows, [ascending](const auto& a, const auto& b) {
    return ascending ? a->id < b->id : b->id < a->id;
  });
  if (question.from) {
    std::erase_if(rows, [&](const auto& row) {
      return ascending ? row->id.value <= *question.from : row->id.value >= *question.from;
    });
  }
  Page<std::shared_ptr<const Thing>> page{.rows = std::move(rows), .next = std::nullopt};
  if (page.rows.size() > question.limit) {
    page.rows.resize(question.limit);
    page.next = page.rows.back()->id.value;
  }
  return page;
}

}  // namespace returnflows
