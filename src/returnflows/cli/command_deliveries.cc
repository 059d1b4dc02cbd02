#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/table.h"

namespace returnflows {
namespace {

constexpr std::array<ListColumn, 8> kColumns{{
    {.title = "ID", .path = "id"},
    {.title = "TYPE", .path = "event_type"},
    {.title = "STATUS", .path = "status"},
    {.title = "TRIES", .path = "attempts_made"},
    {.title = "LAST", .path = "last_status"},
    {.title = "NEXT ATTEMPT", .path = "next_attempt_at"},
    {.title = "RETURN", .path = "return_id", .shrink = Shrink::kToFit},
    {.title = "SUMMARY", .path = "summary", .shrink = Shrink::kToFit},
}};

constexpr std::array<ListColumn, 6> kAttemptColumns{{
    {.title = "ATTEMPT", .path = "number"},
    {.title = "STARTED", .path = "started_at"},
    {.title = "MS", .path = "duration_ms"},
    {.title = "STATUS", .path = "status"},
    {.title = "ERROR", .path = "error", .shrink = Shrink::kToFit},
    {.title = "SUMMARY", .path = "summary", .shrink = Shrink::kToFit},
}};

struct ListArguments {
  std::string endpoint;
  std::string event;
  std::string return_id;
  std::string status;
  std::string type;
  ListPaging paging;
};

void add_list(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("list", "Show deliveries, the latest first");
  command.footer(example_footer("returnflows deliveries list --status exhausted --endpoint ep_…"));
  const auto arguments = std::make_shared<ListArguments>();
  command.add_option("--endpoint", arguments->endpoint, "Only to this endpoint")->type_name("ID");
  command.add_option("--event", arguments->event, "Only of this event")->type_name("ID");
  command.add_option("--return-id", arguments->return_id, "Only of this return")->type_name("ID");
  command.add_option("--status", arguments->status, "pending, delivered, exhausted or canceled")
      ->type_name("STATUS");
  command.add_option("--type", arguments->type, "Only of this event type")->type_name("TYPE");
  add_paging_options(command, arguments->paging);
  command.callback([&line, arguments] {
    line.action = with_session([arguments](const Session& session) {
      ApiCall call{.path = "/v1/deliveries",
                   .query = {{"endpoint_id", arguments->endpoint},
                             {"event_id", arguments->event},
                             {"return_id", arguments->return_id},
                             {"status", arguments->status},
                             {"type", arguments->type}}};
      return session.show_list(std::move(call), arguments->paging, kColumns);
    });
  });
}

// The delivery's own fields, then its attempts as a table.
void show_with_attempts(const Session& session, const std::string& answer) {
  if (session.form() != OutputForm::kTable) {
    session.show_object(answer);
    return;
  }
  std::string fields = "{";
  for (const JsonMember& member : json_members(answer)) {
    if (member.name == "attempts") continue;
    if (fields.size() > 1) fields += ',';
    fields.append("\"").append(member.name).append("\":").append(member.value);
  }
  session.show_object(fields + "}");
  session.terminal().print("\n");
  session.show_rows(json_elements(json_member(answer, "attempts")), kAttemptColumns);
}

void add_get(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("get", "Show one delivery with all its attempts");
  command.footer(example_footer("returnflows deliveries get dlv_…"));
  const auto id = std::make_shared<std::string>();
  command.add_option("id", *id, "The delivery")->required();
  command.callback([&line, id] {
    line.action = with_session([id](const Session& session) -> Status {
      RF_TRY(const std::string answer,
             session.api().call({.path = api_path({"v1", "deliveries", *id})}));
      show_with_attempts(session, answer);
      return {};
    });
  });
}

void add_change(CLI::App& group, CommandLine& line, const char* name, const char* help) {
  CLI::App& command = *group.add_subcommand(name, help);
  command.footer(example_footer(std::string{"returnflows deliveries "} + name + " dlv_…"));
  const auto id = std::make_shared<std::string>();
  command.add_option("id", *id, "The delivery")->required();
  command.callback([&line, id, name] {
    line.action = with_session([id, name](const Session& session) {
      return session.show_call(
          {.method = "POST", .path = api_path({"v1", "deliveries", *id, name})});
    });
  });
}

}  // namespace

void add_deliveries_command(CLI::App& app, CommandLine& line) {
  CLI::App& group = *app.add_subcommand("deliveries", "What became of each event at each endpoint");
  group.footer(example_footer("returnflows deliveries list --status exhausted"));
  group.require_subcommand(1);
  add_list(group, line);
  add_get(group, line);
  add_change(group, line, "retry", "Send it again now, with a fresh retry schedule");
  add_change(group, line, "cancel", "Stop trying");
}

}  // namespace returnflows
