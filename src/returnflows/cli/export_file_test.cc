#include "returnflows/cli/export_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace returnflows {
namespace {

using testing::HasSubstr;

class ExportFiles : public testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "out.csv").string(); }

  void write(ExportFile::Start start, std::string_view text) {
    auto file = ExportFile::open(path(), start);
    ASSERT_TRUE(file) << file.error().detail;
    EXPECT_TRUE(file->write(text));
  }

  std::string content() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder folder_;
};

TEST_F(ExportFiles, BeginEmpty) {
  write(ExportFile::Start::kEmpty, "before");
  write(ExportFile::Start::kEmpty, "now\r\n");
  EXPECT_EQ(content(), "now\r\n");
}

TEST_F(ExportFiles, GoOnWhereTheyEnded) {
  write(ExportFile::Start::kAppend, "one,");
  write(ExportFile::Start::kAppend, "two");
  EXPECT_EQ(content(), "one,two");
}

TEST_F(ExportFiles, KnowWhetherAnythingWasThere) {
  EXPECT_TRUE(ExportFile::open(path(), ExportFile::Start::kAppend)->is_empty());
  write(ExportFile::Start::kAppend, "x");
  EXPECT_FALSE(ExportFile::open(path(), ExportFile::Start::kAppend)->is_empty());
  EXPECT_TRUE(ExportFile::open(path(), ExportFile::Start::kEmpty)->is_empty());
}

TEST_F(ExportFiles, SayWhyTheyCannotBeOpened) {
  const auto file =
      ExportFile::open((folder_.path() / "none" / "x").string(), ExportFile::Start::kEmpty);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(file.error().detail, HasSubstr("none/x: No such file or directory"));
}

TEST_F(ExportFiles, SayThatTheDiskIsFull) {
  auto file = ExportFile::open("/dev/full", ExportFile::Start::kEmpty);
  ASSERT_TRUE(file) << file.error().detail;
  const Status written = file->write("x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(written.error().detail, HasSubstr("No space left on device"));
  EXPECT_FALSE(file->is_open());
}

}  // namespace
}  // namespace returnflows
