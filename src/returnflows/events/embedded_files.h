#pragma once

#include <span>
#include <string_view>

namespace returnflows {

// A file of this folder that is built into the binary.
struct EmbeddedFile {
  std::string_view path;  // "schemas/return.created.json"
  std::string_view text;  // Its bytes as they stand on disk.
};

// All of them; valid for the life of the process. Thread: any.
std::span<const EmbeddedFile> embedded_files();

}  // namespace returnflows
