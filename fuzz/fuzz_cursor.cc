// A cursor comes back from clients in the query of a list. Whatever they write, it means a row of
// one list in one order, or nothing; and what was handed out means what it meant.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "returnflows/api/cursor.h"
#include "returnflows/api/query.h"
#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

const IdCodec kIds{HashKey{1, 2}};  // That of the seeds.
constexpr std::array kKinds{ListKind::kEvents,
                            ListKind::kDeliveries,
                            ListKind::kEndpoints,
                            ListKind::kMerchants,
                            ListKind::kApiKeys};
// Public ids have room for 56 bits.
constexpr std::uint64_t kRowMax = (1ULL << 56U) - 1;
constexpr std::array kOrders{ListOrder::kAscending, ListOrder::kDescending};

// Calls `visit(kind, order)` with every list.
template <class Visit>
void for_each_list(Visit visit) {
  for (const ListKind kind : kKinds) {
    for (const ListOrder order : kOrders) {
      visit(kind, order);
    }
  }
}

char in_capitals(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

void check_text(std::string_view text) {
  int accepted = 0;
  for_each_list([&](ListKind kind, ListOrder order) {
    const auto row = parse_cursor(kIds, kind, order, text);
    if (!row) return;
    ++accepted;
    RF_CHECK(*row >= 1);
    // Small letters are read as large ones, as in every public id.
    RF_CHECK(std::ranges::equal(format_cursor(kIds, kind, order, *row), text, {}, {}, in_capitals));
  });
  RF_CHECK(accepted <= 1);
}

void check_query(std::string_view query) {
  const auto parameters = QueryParameters::parse(query, {"limit", "cursor", "order"});
  if (!parameters) {
    RF_CHECK(!parameters.error().detail.empty());
    return;
  }
  const auto question =
      parse_list_question(*parameters, ListKind::kEvents, ListOrder::kAscending, kIds);
  if (!question) {
    RF_CHECK(!question.error().detail.empty());
    return;
  }
  RF_CHECK(question->limit >= 1 && question->limit <= limits::kPageMax);
  RF_CHECK(!question->from || *question->from >= 1);
}

void check_row(std::string_view bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  const auto row = static_cast<std::int64_t>(number % kRowMax + 1);
  for_each_list([&](ListKind kind, ListOrder order) {
    const std::string text = format_cursor(kIds, kind, order, row);
    RF_CHECK(parse_cursor(kIds, kind, order, text) == row);
    check_text(text);
    check_query("cursor=" + text);
  });
}

}  // namespace
}  // namespace returnflows

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;  // NOLINT(google-build-using-namespace)
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_text(text);
  check_query(text);
  if (size == sizeof(std::uint64_t)) check_row(text);
  return 0;
}
