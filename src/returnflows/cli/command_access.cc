// The commands of platform administration: keys and merchants.
#include <array>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/table.h"

namespace returnflows {
namespace {

namespace json = boost::json;

constexpr std::array<ListColumn, 6> kKeyColumns{{
    {.title = "ID", .path = "id"},
    {.title = "KEY", .path = "hint"},
    {.title = "MERCHANT", .path = "merchant_id"},
    {.title = "REVOKED", .path = "revoked"},
    {.title = "DESCRIPTION", .path = "description", .shrink = Shrink::kToFit},
    {.title = "CREATED", .path = "created_at"},
}};

constexpr std::array<ListColumn, 4> kMerchantColumns{{
    {.title = "ID", .path = "id"},
    {.title = "SLUG", .path = "slug", .shrink = Shrink::kToFit},
    {.title = "NAME", .path = "name", .shrink = Shrink::kToFit},
    {.title = "CREATED", .path = "created_at"},
}};

void add_listing(CLI::App& group,
                 CommandLine& line,
                 const char* path,
                 std::span<const ListColumn> columns) {
  CLI::App& command = *group.add_subcommand("list", "Show all of them");
  command.footer(example_footer("returnflows " + group.get_name() + " list"));
  const auto paging = std::make_shared<ListPaging>();
  add_paging_options(command, *paging);
  command.callback([&line, paging, path, columns] {
    line.action = with_session([paging, path, columns](const Session& session) {
      return session.show_list({.path = path}, *paging, columns);
    });
  });
}

void add_key_create(CLI::App& group, CommandLine& line) {
  struct Arguments {
    std::string description;
    bool platform = false;
  };

  CLI::App& command = *group.add_subcommand(
      "create", "Make an API key of the merchant; it is shown once and never again");
  command.footer(example_footer("returnflows keys create --description 'order system'"));
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--description", arguments->description, "What the key is for")
      ->type_name("TEXT");
  command.add_flag(
      "--platform", arguments->platform, "A key for all merchants and for administration");
  command.callback([&line, arguments] {
    line.action = with_session([arguments](const Session& session) {
      json::object body;
      if (!arguments->description.empty()) body["description"] = arguments->description;
      if (arguments->platform) body["platform"] = true;
      return session.show_call(
          {.method = "POST", .path = "/v1/api-keys", .body = json::serialize(body)});
    });
  });
}

void add_key_revoke(CLI::App& group, CommandLine& line) {
  CLI::App& command = *group.add_subcommand("revoke", "Make a key useless at once");
  command.footer(example_footer("returnflows keys revoke key_…"));
  const auto id = std::make_shared<std::string>();
  command.add_option("id", *id, "The key's id, not the key")->required();
  command.callback([&line, id] {
    line.action = with_session([id](const Session& session) -> Status {
      RF_TRY_STATUS(
          session.show_call({.method = "DELETE", .path = api_path({"v1", "api-keys", *id})}));
      session.terminal().note("the key is revoked");
      return {};
    });
  });
}

void add_merchant_create(CLI::App& group, CommandLine& line) {
  struct Arguments {
    std::string name;
    std::string slug;
  };

  CLI::App& command = *group.add_subcommand("create", "Add a merchant; needs a platform key");
  command.footer(example_footer("returnflows merchants create --slug north --name 'North Shop'"));
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--name", arguments->name, "The name that payloads show")
      ->required()
      ->type_name("NAME");
  command.add_option("--slug", arguments->slug, "Short name for --merchant: a-z, 0-9 and hyphens")
      ->type_name("SLUG");
  command.callback([&line, arguments] {
    line.action = with_session([arguments](const Session& session) {
      json::object body{{"name", arguments->name}};
      if (!arguments->slug.empty()) body["slug"] = arguments->slug;
      return session.show_call(
          {.method = "POST", .path = "/v1/merchants", .body = json::serialize(body)});
    });
  });
}

}  // namespace

void add_keys_command(CLI::App& app, CommandLine& line) {
  CLI::App& group = *app.add_subcommand("keys", "Who may call the API");
  group.footer(example_footer("returnflows keys list"));
  group.require_subcommand(1);
  add_key_create(group, line);
  add_listing(group, line, "/v1/api-keys", kKeyColumns);
  add_key_revoke(group, line);
}

void add_merchants_command(CLI::App& app, CommandLine& line) {
  CLI::App& group = *app.add_subcommand("merchants", "The shops of this installation");
  group.footer(example_footer("returnflows merchants list"));
  group.require_subcommand(1);
  add_merchant_create(group, line);
  add_listing(group, line, "/v1/merchants", kMerchantColumns);
}

}  // namespace returnflows
