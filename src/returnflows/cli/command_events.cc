#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/event_follower.h"
#include "returnflows/cli/input_file.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/table.h"

namespace returnflows {
namespace {

constexpr std::array<ListColumn, 6> kColumns{{
    {.title = "ID", .path = "id"},
    {.title = "TYPE", .path = "type"},
    {.title = "RETURN", .path = "subject.id", .shrink = Shrink::kToFit},
    {.title = "SEQ", .path = "subject.sequence"},
    {.title = "NUMBER", .path = "data.return.number", .shrink = Shrink::kToFit},
    {.title = "CREATED", .path = "created_at"},
}};

struct PublishArguments {
  std::string type;
  std::string data;
  std::string batch;
  std::string id;
  std::string occurred_at;
  std::string idempotency_key;
};

// The body of POST /v1/events. `data` goes into it byte for byte.
Result<std::string> publish_body(const PublishArguments& arguments) {
  RF_TRY_STATUS(check_event_types({arguments.type}));
  RF_TRY(const std::string data, read_input(arguments.data, limits::kEventBytesMax));
  if (auto valid = check_json(data); !valid) {
    return fail(ErrorCode::kInvalidInput, arguments.data + ": " + valid.error().detail);
  }
  RF_TRY(const std::string occurred_at, time_argument(arguments.occurred_at));
  std::string body = "{\"type\":" + json_quote(arguments.type);
  if (!arguments.id.empty()) body += ",\"id\":" + json_quote(arguments.id);
  if (!occurred_at.empty()) body += ",\"occurred_at\":" + json_quote(occurred_at);
  body += ",\"data\":" + data + "}";
  return body;
}

Status publish(const Session& session, const PublishArguments& arguments) {
  const bool one = !arguments.type.empty() && !arguments.data.empty();
  if (one == !arguments.batch.empty()) {
    return fail(ErrorCode::kInvalidInput,
                "give either --type and --data for one event, or --batch for many");
  }
  if (!one) {
    RF_TRY(std::string body, read_input(arguments.batch, limits::kBatchBytesMax));
    return session.show_call({.method = "POST",
                              .path = "/v1/events/batch",
                              .body = std::move(body),
                              .content_type = "application/x-ndjson",
                              .idempotency_key = arguments.idempotency_key});
  }
  RF_TRY(std::string body, publish_body(arguments));
  return session.show_call({.method = "POST",
                            .path = "/v1/events",
                            .body = std::move(body),
                            .idempotency_key = arguments.idempotency_key});
}

void add_publish(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("publish", "Publish one event, or many with --batch");
  command.footer(
      example_footer("returnflows events publish --type return.created --data return.json"));
  const auto arguments = std::make_shared<PublishArguments>();
  command.add_option("--type", arguments->type, "Its event type")->type_name("TYPE");
  command
      .add_option("--data",
                  arguments->data,
                  "File with its `data` as JSON; - is standard input. data.return.id is needed")
      ->type_name("FILE");
  command
      .add_option("--batch",
                  arguments->batch,
                  "File with up to 1000 events as NDJSON: {\"type\":…,\"data\":…} a line")
      ->type_name("FILE");
  command.add_option("--id", arguments->id, "Id of the event; the same id is stored only once")
      ->type_name("ID");
  command.add_option("--occurred-at", arguments->occurred_at, "When it happened, if not now")
      ->type_name("TIME");
  command
      .add_option("--idempotency-key",
                  arguments->idempotency_key,
                  "Publish it only once, however often this is sent")
      ->type_name("KEY");
  command.callback([&line, arguments] {
    line.action =
        with_session([arguments](const Session& session) { return publish(session, *arguments); });
  });
}

struct ListArguments {
  std::string after;
  std::string type;
  std::string return_id;
  std::string since;
  std::string until;
  ListPaging paging;
};

void add_list(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("list", "Show events, the oldest first");
  command.footer(example_footer("returnflows events list --since 24h --order desc --limit 10"));
  const auto arguments = std::make_shared<ListArguments>();
  command.add_option("--after", arguments->after, "Only behind this event")->type_name("ID");
  command.add_option("--type", arguments->type, "Only of this event type")->type_name("TYPE");
  command.add_option("--return-id", arguments->return_id, "Only of this return")->type_name("ID");
  command
      .add_option("--since", arguments->since, "Only from then on: a time, or 24h for a day ago")
      ->type_name("TIME");
  command.add_option("--until", arguments->until, "Only before then")->type_name("TIME");
  add_paging_options(command, arguments->paging);
  command.callback([&line, arguments] {
    line.action = with_session([arguments](const Session& session) -> Status {
      RF_TRY(std::string since, time_argument(arguments->since));
      RF_TRY(std::string until, time_argument(arguments->until));
      ApiCall call{.path = "/v1/events",
                   .query = {{"after", arguments->after},
                             {"type", arguments->type},
                             {"return_id", arguments->return_id},
                             {"since", std::move(since)},
                             {"until", std::move(until)}}};
      return session.show_list(std::move(call), arguments->paging, kColumns);
    });
  });
}

void add_get(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("get", "Show the bytes of one event as they are sent");
  command.footer(example_footer("returnflows events get evt_… --output json"));
  const auto id = std::make_shared<std::string>();
  command.add_option("id", *id, "The event")->required();
  command.callback([&line, id] {
    line.action = with_session([id](const Session& session) {
      return session.show_call({.path = api_path({"v1", "events", *id})});
    });
  });
}

void show_event(const Session& session, const StreamEvent& event) {
  if (session.form() != OutputForm::kTable) {
    session.show_object(event.data);
    return;
  }
  std::string text = json_to_text(json_member(event.data, "created_at"));
  text += "  " + event.type + "  " + event.id + "  ";
  text += json_to_text(json_at(event.data, "subject.id"));
  session.terminal().print_line(printable(text));
}

void add_tail(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("tail", "Show events as they happen; Ctrl-C ends it");
  command.footer(example_footer("returnflows events tail --types return.created,return.closed"));
  const auto request = std::make_shared<FollowRequest>();
  command.add_option("--types", request->types, "Only these event types")
      ->delimiter(',')
      ->type_name("TYPE,...");
  command.add_option("--after", request->after, "Start behind this event instead of now")
      ->type_name("ID");
  command.add_option("--count", request->count_max, "End after this many events")->type_name("N");
  command.callback([&line, request] {
    line.action = with_session([request](const Session& session) -> Status {
      RF_TRY_STATUS(check_event_types(request->types));
      EventFollower follower(session, *request, pause_for);
      return follower.follow(
          {.on_ready = [] {},
           .on_event = [&session](const StreamEvent& event) { show_event(session, event); }});
    });
  });
}

}  // namespace

void add_events_command(CLI::App& app, CommandLine& line) {
  CLI::App& group = *app.add_subcommand("events", "What happened to returns");
  group.footer(example_footer("returnflows events tail"));
  group.require_subcommand(1);
  add_publish(group, line);
  add_list(group, line);
  add_get(group, line);
  add_tail(group, line);
}

}  // namespace returnflows
