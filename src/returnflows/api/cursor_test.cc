#include "returnflows/api/cursor.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

const IdCodec kIds{HashKey{1, 2}};

TEST(Cursor, GivesItsRowBack) {
  for (const std::int64_t row : {std::int64_t{1}, std::int64_t{70'000}, std::int64_t{1} << 40U}) {
    const std::string text = format_cursor(kIds, ListKind::kEvents, ListOrder::kAscending, row);
    EXPECT_EQ(text.size(), 26U);
    EXPECT_EQ(parse_cursor(kIds, ListKind::kEvents, ListOrder::kAscending, text), row);
  }
}

TEST(Cursor, IsBoundToItsListAndOrder) {
  const std::string text = format_cursor(kIds, ListKind::kEvents, ListOrder::kAscending, 7);
  EXPECT_FALSE(parse_cursor(kIds, ListKind::kEvents, ListOrder::kDescending, text));
  EXPECT_FALSE(parse_cursor(kIds, ListKind::kDeliveries, ListOrder::kAscending, text));
}

TEST(Cursor, IsNotAcceptedWhenAnyLetterWasChanged) {
  const std::string text = format_cursor(kIds, ListKind::kApiKeys, ListOrder::kDescending, 12345);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '7' ? '8' : '7';
    EXPECT_FALSE(parse_cursor(kIds, ListKind::kApiKeys, ListOrder::kDescending, changed)) << i;
  }
}

TEST(Cursor, IsNotAcceptedFromAnotherInstallation) {
  const IdCodec others{HashKey{3, 4}};
  const std::string text = format_cursor(others, ListKind::kEvents, ListOrder::kAscending, 7);
  EXPECT_FALSE(parse_cursor(kIds, ListKind::kEvents, ListOrder::kAscending, text));
}

TEST(Cursor, IsNotMadeOfOtherText) {
  for (const std::string_view text : {"", "7", "evt_01KGE6Q2V8Y300100000000000", "\xFF"}) {
    EXPECT_FALSE(parse_cursor(kIds, ListKind::kEvents, ListOrder::kAscending, text)) << text;
  }
}

}  // namespace
}  // namespace returnflows
