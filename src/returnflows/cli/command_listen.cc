#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/cli/client_url.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/event_follower.h"
#include "returnflows/cli/http_exchange.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/table.h"
#include "returnflows/cli/webhook_forward.h"
#include "returnflows/delivery/signing.h"

namespace returnflows {
namespace {

struct ListenArguments {
  std::string forward_to;
  std::string secret;
  FollowRequest request;
};

// Sends every event to a program on this machine, as the server would.
class Forwarder {
 public:
  Forwarder(const Session& session, ClientUrl target, Secret secret)
      : session_(session), target_(std::move(target)), secret_(std::move(secret)) {}

  void forward(const StreamEvent& event) const {
    session_.terminal().print_line(printable("--> " + event.type + " [" + event.id + "]"));
    std::string outcome = "ERR";
    std::string reason;
    if (const auto answer = send(event)) {
      outcome = std::to_string(answer->status);
    } else {
      reason = ": " + answer.error().detail;
    }
    session_.terminal().print_line(
        printable("<-- [" + outcome + "] POST " + target_.text + " [" + event.id + "]" + reason));
  }

 private:
  Result<HttpAnswer> send(const StreamEvent& event) const {
    using std::chrono::floor;
    using std::chrono::seconds;
    const Timestamp now = SystemClock{}.real_now();
    // There is no delivery on the server for what is forwarded here, but a receiver may look for
    // the header.
    const std::string delivery_id = "dlv_listen_" + event.id;
    RF_TRY(auto headers,
           webhook_headers(secret_,
                           {.event_id = event.id,
                            .event_type = event.type,
                            .delivery_id = delivery_id,
                            .timestamp = floor<seconds>(now).time_since_epoch().count(),
                            .body = event.data}));
    return http_exchange({.method = "POST",
                          .url = target_,
                          .headers = std::move(headers),
                          .body = event.data,
                          .ca_file = session_.api().ca_file()});
  }

  const Session& session_;
  ClientUrl target_;
  Secret secret_;
};

Status listen(const Session& session, const ListenArguments& arguments) {
  RF_TRY_STATUS(check_event_types(arguments.request.types));
  RF_TRY(ClientUrl target, parse_client_url(arguments.forward_to));
  SystemRandom random;
  Secret secret = arguments.secret.empty() ? generate_secret(random) : Secret{arguments.secret};
  RF_TRY_STATUS(check_secret(secret.reveal()));
  const std::string ready =
      "Ready! Signing secret is " + std::string{secret.reveal()} + " (Ctrl-C to quit)";
  const Forwarder forwarder(session, std::move(target), std::move(secret));
  EventFollower follower(session, arguments.request, pause_for);
  return follower.follow({.on_ready = [&] { session.terminal().print_line(ready); },
                          .on_event = [&](const StreamEvent& event) { forwarder.forward(event); }});
}

}  // namespace

void add_listen_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand(
      "listen", "Forward events to a program on this machine, signed like the real ones");
  command.footer(example_footer("returnflows listen --forward-to http://localhost:3000/hook"));
  const auto arguments = std::make_shared<ListenArguments>();
  command.add_option("--forward-to,-f", arguments->forward_to, "Where the program listens")
      ->required()
      ->type_name("URL");
  command.add_option("--events,-e", arguments->request.types, "Only these event types")
      ->delimiter(',')
      ->type_name("TYPE,...");
  command.add_option("--secret", arguments->secret, "Secret to sign with; a new one when left out")
      ->envname("RETURNFLOWS_WEBHOOK_SECRET")
      ->type_name("SECRET");
  command.add_option("--after", arguments->request.after, "Start behind this event instead of now")
      ->type_name("ID");
  command.add_option("--count", arguments->request.count_max, "End after this many events")
      ->type_name("N");
  command.callback([&line, arguments] {
    line.action =
        with_session([arguments](const Session& session) { return listen(session, *arguments); });
  });
}

}  // namespace returnflows
