#include "returnflows/cli/table.h"

#include <string>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

Table two_columns(std::string id, std::string text) {
  return {.columns = {{.title = "ID"}, {.title = "TEXT", .shrink = Shrink::kToFit}},
          .rows = {{std::move(id), std::move(text)}}};
}

TEST(Table, AlignsItsColumns) {
  Table table = two_columns("ep_1", "short");
  table.rows.push_back({"ep_1000", "a longer text"});
  EXPECT_EQ(render_table(table, 0),
            "ID       TEXT\n"
            "ep_1     short\n"
            "ep_1000  a longer text\n");
}

TEST(Table, CutsOnlyColumnsThatMayShrink) {
  const Table table = two_columns("ep_12345678901234567890", "a text that is too long to fit");
  EXPECT_EQ(render_table(table, 40),
            "ID                       TEXT\n"
            "ep_12345678901234567890  a text that is…\n");
}

TEST(Table, TakesFromTheWidestColumnFirst) {
  const Table table{.columns = {{.title = "A", .shrink = Shrink::kToFit},
                                {.title = "B", .shrink = Shrink::kToFit}},
                    .rows = {{"twelve chars", "a text of thirty characters!!!"}}};
  EXPECT_EQ(render_table(table, 34),
            "A             B\n"
            "twelve chars  a text of thirty ch…\n");
}

TEST(Table, StopsShrinkingWhereTextIsOfNoUseAnyMore) {
  const Table table = two_columns("an id of forty characters, all of them..", "eleven char");
  EXPECT_TRUE(render_table(table, 10).contains("eleven …\n"));
}

TEST(Table, AlignsWideAndCombiningCharacters) {
  Table table{.columns = {{.title = "NAME"}, {.title = "N"}}, .rows = {}};
  table.rows.push_back({"日本", "1"});
  table.rows.push_back({"e\u0301a", "2"});
  EXPECT_EQ(render_table(table, 0), "NAME  N\n日本  1\ne\u0301a    2\n");
}

TEST(Table, CutsBetweenCharactersNotBytes) {
  EXPECT_TRUE(render_table(two_columns("i", "ææææææææææææ"), 12).contains("i   æææææææ…\n"));
}

TEST(Table, ShowsNothingThatATerminalWouldObey) {
  const std::string out = render_table(two_columns("a\x1b[2J",
                                                   "b\nc\td\xc2\x9b"
                                                   "31m\u202e"),
                                       0);
  EXPECT_EQ(out, "ID     TEXT\na [2J  b c d 31m\n");
}

TEST(Printable, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a\uFFFDb");
}

}  // namespace
}  // namespace returnflows
