// The key of SecretBox: from the environment, or kept in a file.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "returnflows/base/encoding.h"
#include "returnflows/endpoints/secret_box.h"

namespace returnflows {
namespace {

constexpr std::size_t kKeyHexBytes = 64;

class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}

  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  ~FileDescriptor() { close(); }

  bool is_open() const { return number_ >= 0; }

  int get() const { return number_; }

  // True when the kernel took everything.
  bool close() {
    if (number_ < 0) return true;
    const bool closed = ::close(std::exchange(number_, -1)) == 0;
    return closed;
  }

 private:
  int number_;
};

auto cannot(std::string_view what, const std::filesystem::path& file, int error) {
  return fail(ErrorCode::kUnavailable,
              "Cannot " + std::string{what} + " the secret key file " + file.string() + ": " +
                  std::generic_category().message(error) + ".");
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Reads at most one byte more than a key file has, so that a longer file is noticed.
Result<std::string> read_key_text(const FileDescriptor& opened, const std::filesystem::path& file) {
  std::array<char, kKeyHexBytes + 3> buffer{};
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t count = ::read(opened.get(), buffer.data() + size, buffer.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot("read", file, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  return std::string(buffer.data(), size);
}

Result<SecretBox::Key> load_key(const FileDescriptor& opened, const std::filesystem::path& file) {
  struct stat status{};
  if (::fstat(opened.get(), &status) != 0) return cannot("inspect", file, errno);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalidInput, file.string() + " is not a regular file.");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorCode::kInvalidInput,
                "Others may read the secret key file " + file.string() + "; run chmod 600 on it.");
  }
  RF_TRY(const std::string text, read_key_text(opened, file));
  std::string_view hex = text;
  if (hex.ends_with('\n')) hex.remove_suffix(1);
  auto key = parse_key(hex);
  if (!key) {
    return fail(ErrorCode::kInvalidInput,
                "The secret key file " + file.string() +
                    " does not hold 64 hex digits and a line end; put the file back from a backup, "
                    "because stored secrets open with that key only.");
  }
  return key;
}

Status sync_folder(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const FileDescriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened.is_open() || ::fsync(opened.get()) != 0) return cannot("sync", file, errno);
  return {};
}

// Puts a whole key file in place, or nothing. A file that exists by then stays as it is: another
// process was faster, and its key is the one that counts.
Status create_key_file(const std::filesystem::path& file, std::string_view text, Random& random) {
  std::array<std::uint8_t, 8> suffix{};
  random.fill(std::as_writable_bytes(std::span{suffix}));
  const std::string draft = file.string() + ".new-" + encode_hex(suffix);
  FileDescriptor opened{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!opened.is_open()) return cannot("create", file, errno);
  const bool written =
      write_all(opened.get(), text) && ::fsync(opened.get()) == 0 && opened.close();
  const bool linked = written && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(draft.c_str());
  if (!linked) return cannot("create", file, error);
  return sync_folder(file);
}

}  // namespace

Result<SecretBox::Key> parse_key(std::string_view hex) {
  const auto bytes = hex.size() == kKeyHexBytes ? decode_hex(hex) : std::nullopt;
  if (!bytes) {
    return fail(ErrorCode::kInvalidInput,
                "A secret key is 64 hex digits; make one with: openssl rand -hex 32");
  }
  SecretBox::Key key{};
  std::memcpy(key.data(), bytes->data(), key.size());
  return key;
}

Result<SecretBox::Key> load_or_create_key(const std::filesystem::path& file, Random& random) {
  // Twice at most: the second time the file is there, ours or that of a process that was faster.
  for (int round = 0; round < 2; ++round) {
    const FileDescriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (opened.is_open()) return load_key(opened, file);
    if (errno != ENOENT) return cannot("open", file, errno);
    SecretBox::Key key{};
    random.fill(std::as_writable_bytes(std::span{key}));
    const Secret text{encode_hex(key) + "\n"};
    RF_TRY_STATUS(create_key_file(file, text.reveal(), random));
  }
  return fail(ErrorCode::kUnavailable,
              "The secret key file " + file.string() + " was created and is gone again.");
}

}  // namespace returnflows
