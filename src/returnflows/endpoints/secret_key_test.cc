#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "returnflows/endpoints/secret_box.h"

namespace returnflows {
namespace {

class SecretKeyFile : public testing::Test {
 protected:
  SecretKeyFile() {
    std::string name = testing::TempDir() + "secret_key_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ / "secret.key";
  }

  ~SecretKeyFile() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream{file_} << text;
    ::chmod(file_.c_str(), mode);
  }

  ErrorCode error_code() {
    const auto loaded = load_or_create_key(file_, random_);
    EXPECT_FALSE(loaded.has_value());
    return loaded ? ErrorCode::kInternal : loaded.error().code;
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  SystemRandom random_;
};

const std::string kHex = std::string(62, '0') + "ff";

TEST_F(SecretKeyFile, IsCreatedOnceAndThenReadAgain) {
  const auto created = load_or_create_key(file_, random_);
  ASSERT_TRUE(created.has_value()) << created.error().detail;
  EXPECT_NE(*created, SecretBox::Key{});
  EXPECT_EQ(load_or_create_key(file_, random_).value(), *created);
}

TEST_F(SecretKeyFile, IsForItsOwnerAloneAndLeavesNoDraftBehind) {
  ASSERT_TRUE(load_or_create_key(file_, random_).has_value());
  struct stat status{};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 1);
}

TEST_F(SecretKeyFile, IsTheSameForEveryoneWhoCreatesItAtOnce) {
  constexpr std::size_t kThreads = 8;
  std::vector<SecretBox::Key> keys(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& key : keys) {
      threads.emplace_back([&] { key = load_or_create_key(file_, random_).value(); });
    }
  }
  for (const auto& key : keys)
    EXPECT_EQ(key, keys.front());
}

TEST_F(SecretKeyFile, IsReadWithAndWithoutItsLineEnd) {
  write(kHex + "\n");
  EXPECT_EQ(load_or_create_key(file_, random_).value().back(), 0xFF);
  write(kHex);
  EXPECT_EQ(load_or_create_key(file_, random_).value().back(), 0xFF);
  write(kHex, 0400);
  EXPECT_TRUE(load_or_create_key(file_, random_).has_value());
}

TEST_F(SecretKeyFile, IsRefusedWhenOthersMayReadIt) {
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    write(kHex + "\n", mode);
    EXPECT_EQ(error_code(), ErrorCode::kInvalidInput);
  }
}

TEST_F(SecretKeyFile, IsRefusedAndLeftAloneWhenItIsNotAKey) {
  for (const std::string& text : {std::string{},
                                  std::string{"secret\n"},
                                  kHex + "0\n",
                                  kHex + "\n\n",
                                  "g" + kHex.substr(1)}) {
    write(text);
    EXPECT_EQ(error_code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(std::filesystem::file_size(file_), text.size());
  }
}

TEST_F(SecretKeyFile, IsRefusedWhenItIsAFolder) {
  std::filesystem::create_directory(file_);
  EXPECT_EQ(error_code(), ErrorCode::kInvalidInput);
}

TEST_F(SecretKeyFile, CannotBeCreatedInAFolderThatThereIsNot) {
  file_ = folder_ / "missing" / "secret.key";
  EXPECT_EQ(error_code(), ErrorCode::kUnavailable);
}

TEST(SecretKey, IsSixtyFourHexDigits) {
  EXPECT_EQ(parse_key(kHex).value().back(), 0xFF);
  for (const std::string& bad : {std::string{}, kHex.substr(1), kHex + "0", "x" + kHex.substr(1)}) {
    const auto parsed = parse_key(bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidInput);
  }
}

}  // namespace
}  // namespace returnflows
