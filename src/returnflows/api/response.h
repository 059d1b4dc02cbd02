#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/runtime/task.h"

namespace returnflows {

// A body that is made while it is being sent. Thread: the connection's shard.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // The next bytes, never empty; nullopt at the end.
  virtual Task<std::optional<std::string>> next() = 0;

  // Makes next() return nullopt soon: the server stops.
  virtual void stop() = 0;
};

// What a handler answers.
struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // A literal.
  std::string body = {};
  // More header lines, each with its CRLF: "etag: \"v1\"\r\n". Never text from outside.
  std::string header_lines = {};
  // When set, `body` is not sent but what this makes.
  std::unique_ptr<BodySource> source = nullptr;
};

// "Not Found" for 404. "Unknown" for what this server never answers.
std::string_view status_phrase(int status);

}  // namespace returnflows
