#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"

namespace returnflows {

// One event of a text/event-stream.
struct StreamEvent {
  std::string id;    // Of this event or of the last one that had one.
  std::string type;  // "message" when the stream does not say.
  std::string data;
};

// Reads server-sent events from bytes as they come, cut anywhere. Thread: one at a time.
// Source: WHATWG HTML §9.2.6 "Interpreting an event stream".
class EventStreamParser {
 public:
  // The events that `bytes` complete. Errors: kTooLarge when one line or one event's data grows
  // beyond twice limits::kEventBytesMax; the parser is of no further use then.
  Result<std::vector<StreamEvent>> feed(std::string_view bytes);

  // What to send as Last-Event-ID when connecting again; empty before the first id.
  const std::string& last_id() const { return last_id_; }

  // The pause before connecting again that the server asked for.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

  // Forgets the half event at the end of a connection that broke; ids stay.
  void start_connection();

 private:
  void take_line(std::string_view line, std::vector<StreamEvent>& out);
  void take_field(std::string_view name, std::string_view value);

  std::string line_;
  bool after_carriage_return_ = false;
  bool first_line_ = true;
  std::string type_;
  std::string data_;
  bool has_data_ = false;
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace returnflows
