#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/event_override.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/session.h"
#include "returnflows/events/catalogue.h"
#include "returnflows/events/event_type.h"

namespace returnflows {
namespace {

struct TriggerArguments {
  std::string type;
  std::string return_id;
  std::vector<std::string> overrides;
};

// A return id that was never used: events of one return are sent in order, and a sample must not
// wait behind another one that an endpoint refused.
std::string fresh_return_id() {
  std::array<std::byte, 13> bytes{};
  SystemRandom{}.fill(bytes);
  std::string id = "ret_";
  for (const std::byte byte : bytes) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    id += kDigits[std::to_integer<std::size_t>(byte >> 4U)];
    id += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return id;
}

Result<std::string> sample_body(const TriggerArguments& arguments) {
  const auto type = find_event_type(arguments.type);
  if (!type) return fail(ErrorCode::kInvalidInput, unknown_event_type_sentence(arguments.type));
  const std::string id = arguments.return_id.empty() ? fresh_return_id() : arguments.return_id;
  RF_TRY(std::string data,
         set_json_value(describe(*type).sample_data, "return.id", json_quote(id)));
  for (const std::string& text : arguments.overrides) {
    RF_TRY(data, apply_override(data, text));
  }
  return "{\"type\":" + json_quote(arguments.type) + ",\"data\":" + data + "}";
}

}  // namespace

void add_trigger_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand(
      "trigger", "Publish the sample of an event type, for trying out endpoints");
  command.footer(
      example_footer("returnflows trigger return.created --override data.return.number=RMA-1042"));
  const auto arguments = std::make_shared<TriggerArguments>();
  command.add_option("type", arguments->type, "The event type")->required();
  command
      .add_option("--override",
                  arguments->overrides,
                  "Change a value of the sample: data.return.number=X; := in place of = takes JSON")
      ->take_all()
      ->type_name("PATH=VALUE");
  command
      .add_option("--return-id", arguments->return_id, "Id of the return; a new one when left out")
      ->type_name("ID");
  command.callback([&line, arguments] {
    line.action = with_session([arguments](const Session& session) -> Status {
      RF_TRY(std::string body, sample_body(*arguments));
      return session.show_call({.method = "POST", .path = "/v1/events", .body = std::move(body)});
    });
  });
}

}  // namespace returnflows
