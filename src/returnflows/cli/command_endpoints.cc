#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/duration_text.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/table.h"

namespace returnflows {
namespace {

namespace json = boost::json;

constexpr std::array<ListColumn, 6> kColumns{{
    {.title = "ID", .path = "id"},
    {.title = "STATUS", .path = "status"},
    {.title = "URL", .path = "url", .shrink = Shrink::kToFit},
    {.title = "EVENTS", .path = "event_types", .shrink = Shrink::kToFit},
    {.title = "DESCRIPTION", .path = "description", .shrink = Shrink::kToFit},
    {.title = "CREATED", .path = "created_at"},
}};

// What create and update may set; a field that was not given is left out of the request.
struct EndpointFields {
  std::string url;
  std::string secret;
  std::vector<std::string> events;
  std::string description;
  std::string success;
  std::string ordering;
  std::string timeout;
  std::vector<std::string> retry_delays;
  std::string idempotency_key;
  bool description_given = false;
};

void add_field_options(CLI::App& command, EndpointFields& fields) {
  command
      .add_option("--events",
                  fields.events,
                  "Event types to send, separated by commas; all of them when left out, or *")
      ->delimiter(',')
      ->type_name("TYPE,...");
  command
      .add_option_function<std::string>(
          "--description",
          [&fields](const std::string& text) {
            fields.description = text;
            fields.description_given = true;
          },
          "What it is, for people")
      ->type_name("TEXT");
  command
      .add_option("--success", fields.success, "Answers that count as delivered: 200 or any_2xx")
      ->type_name("RULE");
  command
      .add_option("--ordering",
                  fields.ordering,
                  "per_return: events of one return wait for one another; or none")
      ->type_name("ORDER");
  command.add_option("--timeout", fields.timeout, "Longest duration of one attempt, 1s to 30s")
      ->type_name("DURATION");
  command
      .add_option("--retry-delays",
                  fields.retry_delays,
                  "Pauses between attempts, separated by commas: 5s,30s,2m")
      ->delimiter(',')
      ->type_name("DURATION,...");
}

Result<std::string> body_of(const EndpointFields& fields) {
  json::object body;
  if (!fields.url.empty()) body["url"] = fields.url;
  if (!fields.secret.empty()) body["secret"] = fields.secret;
  if (!fields.events.empty()) {
    body["event_types"] = json::array(fields.events.begin(), fields.events.end());
  }
  if (fields.description_given) body["description"] = fields.description;
  if (!fields.success.empty()) body["success"] = fields.success;
  if (!fields.ordering.empty()) body["ordering"] = fields.ordering;
  if (!fields.timeout.empty()) {
    RF_TRY(const auto timeout, parse_duration(fields.timeout));
    body["attempt_timeout_ms"] = timeout.count();
  }
  if (!fields.retry_delays.empty()) {
    json::array delays;
    for (const std::string& text : fields.retry_delays) {
      RF_TRY(const auto delay, parse_duration(text));
      delays.emplace_back(std::chrono::duration_cast<std::chrono::seconds>(delay).count());
    }
    body["retry_delays"] = std::move(delays);
  }
  return json::serialize(body);
}

void add_create(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("create", "Add an endpoint");
  command.footer(example_footer(
      "returnflows endpoints create --url https://erp.example/hook --events return.created"));
  const auto fields = std::make_shared<EndpointFields>();
  command.add_option("--url", fields->url, "Where events are sent")->required()->type_name("URL");
  command.add_option("--secret", fields->secret, "Secret key for signatures; made when left out")
      ->type_name("SECRET");
  command
      .add_option("--idempotency-key",
                  fields->idempotency_key,
                  "Create it only once, however often this is sent")
      ->type_name("KEY");
  add_field_options(command, *fields);
  command.callback([&line, fields] {
    line.action = with_session([fields](const Session& session) -> Status {
      RF_TRY(std::string body, body_of(*fields));
      return session.show_call({.method = "POST",
                                .path = "/v1/endpoints",
                                .body = std::move(body),
                                .idempotency_key = fields->idempotency_key});
    });
  });
}

void add_update(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("update", "Change some settings of an endpoint");
  command.footer(example_footer("returnflows endpoints update ep_… --success any_2xx"));
  const auto id = std::make_shared<std::string>();
  const auto fields = std::make_shared<EndpointFields>();
  command.add_option("id", *id, "The endpoint")->required();
  command.add_option("--url", fields->url, "Where events are sent")->type_name("URL");
  add_field_options(command, *fields);
  command.callback([&line, id, fields] {
    line.action = with_session([id, fields](const Session& session) -> Status {
      RF_TRY(std::string body, body_of(*fields));
      if (body == "{}") {
        return fail(ErrorCode::kInvalidInput, "there is nothing to change; see --help");
      }
      return session.show_call(
          {.method = "PATCH", .path = api_path({"v1", "endpoints", *id}), .body = std::move(body)});
    });
  });
}

void add_list(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("list", "Show all endpoints");
  command.footer(example_footer("returnflows endpoints list --output json"));
  const auto paging = std::make_shared<ListPaging>();
  add_paging_options(command, *paging);
  command.callback([&line, paging] {
    line.action = with_session([paging](const Session& session) {
      return session.show_list({.path = "/v1/endpoints"}, *paging, kColumns);
    });
  });
}

// A command that names one endpoint and makes one call on it.
struct SimpleCall {
  const char* name;
  const char* help;
  const char* method;
  std::string_view suffix;  // Behind the id in the path.
  const char* done;         // What to say when there is nothing to show.
};

void add_simple(CLI::App& group, CommandLine& line, const SimpleCall& simple) {
  CLI::App& command = *group.add_subcommand(simple.name, simple.help);
  command.footer(example_footer(std::string{"returnflows endpoints "} + simple.name + " ep_…"));
  const auto id = std::make_shared<std::string>();
  command.add_option("id", *id, "The endpoint")->required();
  command.callback([&line, id, simple] {
    line.action = with_session([id, simple](const Session& session) -> Status {
      std::string path = api_path({"v1", "endpoints", *id}).append(simple.suffix);
      RF_TRY_STATUS(session.show_call({.method = simple.method, .path = std::move(path)}));
      if (simple.done != nullptr) session.terminal().note(simple.done);
      return {};
    });
  });
}

void add_rotate_secret(CLI::App& group, CommandLine& line) {
  struct Arguments {
    std::string id;
    std::string secret;
    std::string overlap;
  };

  CLI::App& command = *group.add_subcommand(
      "rotate-secret", "Give an endpoint a new secret; both sign during the overlap");
  command.footer(example_footer("returnflows endpoints rotate-secret ep_… --overlap 24h"));
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("id", arguments->id, "The endpoint")->required();
  command.add_option("--secret", arguments->secret, "The new secret; made when left out")
      ->type_name("SECRET");
  command.add_option("--overlap", arguments->overlap, "How long the old one goes on signing (24h)")
      ->type_name("DURATION");
  command.callback([&line, arguments] {
    line.action = with_session([arguments](const Session& session) -> Status {
      json::object body;
      if (!arguments->secret.empty()) body["secret"] = arguments->secret;
      if (!arguments->overlap.empty()) {
        RF_TRY(const auto overlap, parse_duration(arguments->overlap));
        body["overlap_seconds"] = overlap.count() / 1000;
      }
      return session.show_call(
          {.method = "POST",
           .path = api_path({"v1", "endpoints", arguments->id, "secret", "rotate"}),
           .body = json::serialize(body)});
    });
  });
}

void add_test(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("test", "Send a sample event to one endpoint");
  command.footer(example_footer("returnflows endpoints test ep_… --type return.created"));
  const auto id = std::make_shared<std::string>();
  const auto type = std::make_shared<std::string>("return.created");
  command.add_option("id", *id, "The endpoint")->required();
  command.add_option("--type", *type, "Event type of the sample")
      ->capture_default_str()
      ->type_name("TYPE");
  command.callback([&line, id, type] {
    line.action = with_session([id, type](const Session& session) {
      const json::object body{{"type", *type}};
      return session.show_call({.method = "POST",
                                .path = api_path({"v1", "endpoints", *id, "test"}),
                                .body = json::serialize(body)});
    });
  });
}

}  // namespace

void add_endpoints_command(CLI::App& app, CommandLine& line) {
  CLI::App& group = *app.add_subcommand("endpoints", "Where events are sent");
  group.footer(example_footer("returnflows endpoints list"));
  group.require_subcommand(1);
  add_create(group, line);
  add_list(group, line);
  add_simple(group, line, {"get", "Show one endpoint", "GET", "", nullptr});
  add_update(group, line);
  add_simple(group,
             line,
             {"delete",
              "Remove an endpoint; what it was owed is canceled",
              "DELETE",
              "",
              "the endpoint is deleted"});
  add_simple(
      group,
      line,
      {"pause", "Send nothing for now; events go on being recorded", "POST", "/pause", nullptr});
  add_simple(
      group,
      line,
      {"resume", "Send again, also after the server disabled it", "POST", "/resume", nullptr});
  add_simple(group,
             line,
             {"secret",
              "Show the secret, also in the form that libraries take",
              "GET",
              "/secret",
              nullptr});
  add_rotate_secret(group, line);
  add_test(group, line);
}

}  // namespace returnflows
