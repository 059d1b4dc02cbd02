#include "returnflows/store/sqlite/gathering_vfs.h"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/support/temporary_folder.h"

namespace returnflows::sqlite {
namespace {

// One file opened through the VFS, as SQLite opens a database.
class GatheringVfsTest : public testing::Test {
 protected:
  GatheringVfsTest() {
    const auto name = gathering_vfs_over("");
    if (!name) throw std::runtime_error(name.error().detail);
    vfs_ = sqlite3_vfs_find(name->c_str());
    memory_.resize(static_cast<std::size_t>(vfs_->szOsFile) / sizeof(std::max_align_t) + 1);
    file_ = reinterpret_cast<sqlite3_file*>(memory_.data());
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB;
    // SQLite's names of files end with an empty list of parameters.
    if (vfs_->xOpen(vfs_, name_.c_str(), file_, kFlags, nullptr) != SQLITE_OK) {
      throw std::runtime_error("cannot open the file");
    }
  }

  ~GatheringVfsTest() override { close(); }

  void close() {
    if (file_->pMethods == nullptr) return;
    EXPECT_EQ(file_->pMethods->xClose(file_), SQLITE_OK);
    file_->pMethods = nullptr;
  }

  void write(const std::string& bytes, sqlite3_int64 offset) {
    ASSERT_EQ(file_->pMethods->xWrite(file_, bytes.data(), static_cast<int>(bytes.size()), offset),
              SQLITE_OK);
  }

  std::string read(int count, sqlite3_int64 offset) {
    std::string bytes(static_cast<std::size_t>(count), '\0');
    EXPECT_EQ(file_->pMethods->xRead(file_, bytes.data(), count, offset), SQLITE_OK);
    return bytes;
  }

  // What the operating system has of the file.
  std::uintmax_t bytes_on_disk() const { return std::filesystem::file_size(path_); }

  TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "file").string();
  std::string name_ = path_ + std::string(2, '\0');
  sqlite3_vfs* vfs_ = nullptr;
  std::vector<std::max_align_t> memory_;
  sqlite3_file* file_ = nullptr;
};

TEST_F(GatheringVfsTest, KeepsWritesThatFollowOneAnotherUntilTheSync) {
  write("one", 0);
  write("two", 3);
  EXPECT_EQ(bytes_on_disk(), 0U);
  EXPECT_EQ(file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL), SQLITE_OK);
  EXPECT_EQ(bytes_on_disk(), 6U);
}

TEST_F(GatheringVfsTest, SendsOutWhatIsGatheredBeforeAWriteElsewhere) {
  write("one", 0);
  write("far", 100);
  EXPECT_EQ(bytes_on_disk(), 3U);
}

TEST_F(GatheringVfsTest, ReadsWhatIsGathered) {
  write("gathered", 0);
  EXPECT_EQ(read(8, 0), "gathered");
}

TEST_F(GatheringVfsTest, LetsALaterWriteWinOverAnEarlierOneAtTheSamePlace) {
  write("first", 0);
  write("later", 0);
  EXPECT_EQ(read(5, 0), "later");
}

TEST_F(GatheringVfsTest, CountsWhatIsGatheredInTheSize) {
  write("gathered", 0);
  sqlite3_int64 size = 0;
  EXPECT_EQ(file_->pMethods->xFileSize(file_, &size), SQLITE_OK);
  EXPECT_EQ(size, 8);
}

TEST_F(GatheringVfsTest, CutsWhatIsGathered) {
  write("gathered", 0);
  EXPECT_EQ(file_->pMethods->xTruncate(file_, 4), SQLITE_OK);
  EXPECT_EQ(bytes_on_disk(), 4U);
}

TEST_F(GatheringVfsTest, SendsOutWhatIsGatheredWhenItIsClosed) {
  write("gathered", 0);
  close();
  EXPECT_EQ(bytes_on_disk(), 8U);
}

TEST_F(GatheringVfsTest, WritesAnyNumberOfPagesWhole) {
  const std::string page(8192, 'x');
  for (int i = 0; i < 100; ++i) {
    write(page, static_cast<sqlite3_int64>(page.size()) * i);
  }
  EXPECT_EQ(file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL), SQLITE_OK);
  EXPECT_EQ(bytes_on_disk(), 819'200U);
}

TEST_F(GatheringVfsTest, WritesOneLargePieceWhole) {
  write(std::string(100'000, 'x'), 0);
  write(std::string(65'536, 'y'), 100'000);
  EXPECT_EQ(read(1, 165'535), "y");
  EXPECT_EQ(bytes_on_disk(), 165'536U);
}

TEST(GatheringVfs, HasOneNameForEachVfsBelow) {
  EXPECT_EQ(gathering_vfs_over("").value(), gathering_vfs_over("").value());
  EXPECT_EQ(gathering_vfs_over("").value(), gathering_vfs_over("unix").value());
}

TEST(GatheringVfs, RefusesAVfsThatIsNotThere) {
  EXPECT_EQ(gathering_vfs_over("no such").error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace returnflows::sqlite
