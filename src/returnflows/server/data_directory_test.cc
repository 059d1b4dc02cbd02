#include "returnflows/server/data_directory.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace returnflows {
namespace {

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rf-data-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }

  ~DataDirectoryTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(DataDirectoryTest, IsMadeForItsOwnerOnly) {
  const auto directory = DataDirectory::open(folder_ / "new" / "data");
  ASSERT_TRUE(directory.has_value()) << directory.error().detail;
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "new" / "data").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(DataDirectoryTest, KeepsASecondHolderOutAndNamesTheFirst) {
  const auto first = DataDirectory::open(folder_);
  ASSERT_TRUE(first.has_value());
  const auto second = DataDirectory::open(folder_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_NE(second.error().detail.find(std::to_string(::getpid())), std::string::npos);
  EXPECT_NE(second.error().detail.find("--data-dir"), std::string::npos);
}

TEST_F(DataDirectoryTest, IsFreeAgainWhenItsHolderIsGone) {
  {
    ASSERT_TRUE(DataDirectory::open(folder_).has_value());
  }
  EXPECT_TRUE(DataDirectory::open(folder_).has_value());
}

TEST_F(DataDirectoryTest, SaysWhyAFolderCannotBeMade) {
  const auto directory = DataDirectory::open("/proc/no-such-folder");
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace returnflows
