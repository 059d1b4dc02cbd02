// The commands that work without a server: sign and verify.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "returnflows/base/clock.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/duration_text.h"
#include "returnflows/cli/input_file.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/session.h"
#include "returnflows/cli/webhook_forward.h"
#include "returnflows/delivery/signing.h"

namespace returnflows {
namespace {

struct SignArguments {
  std::string secret;
  std::string id;
  std::int64_t timestamp = 0;
  std::string timestamp_text;  // Of verify: as it stands in the header.
  std::string body;
  std::string signature;
  std::int64_t now = 0;
  std::string tolerance = "5m";
};

std::int64_t unix_now() {
  return std::chrono::floor<std::chrono::seconds>(SystemClock{}.real_now())
      .time_since_epoch()
      .count();
}

void add_shared_options(CLI::App& command, SignArguments& arguments) {
  command
      .add_option("--secret", arguments.secret, "The endpoint's secret as it was typed or shown")
      ->required()
      ->envname("RETURNFLOWS_WEBHOOK_SECRET")
      ->type_name("SECRET");
  command.add_option("--body", arguments.body, "File with the raw body; - is standard input")
      ->required()
      ->type_name("FILE");
}

Status sign(const Session& session, const SignArguments& arguments) {
  RF_TRY(const std::string body, read_input(arguments.body, limits::kBatchBytesMax));
  const Secret secret{arguments.secret};
  RF_TRY_STATUS(check_secret(secret.reveal()));
  RF_TRY(const auto headers,
         signature_headers(
             secret, {.event_id = arguments.id, .timestamp = arguments.timestamp, .body = body}));
  if (session.form() == OutputForm::kTable) {
    for (const HttpHeader& header : headers) {
      session.terminal().print_line(header.name + ": " + header.value);
    }
    return {};
  }
  std::string json = "{";
  for (const HttpHeader& header : headers) {
    if (json.size() > 1) json += ',';
    json += json_quote(header.name) + ":" + json_quote(header.value);
  }
  session.show_object(json + "}");
  return {};
}

// True when the two texts are equal, in a time that does not depend on where they differ.
bool same_signature(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(a[i] ^ b[i]);
  }
  return difference == 0;
}

// The short way: X-Returnflows-Signature over the body alone.
Status verify_body_signature(const Secret& secret, std::string_view body, std::string_view given) {
  RF_TRY(const Signer signer, Signer::make(secret));
  std::string expected;
  signer.append_body_signature(expected, body);
  if (same_signature(expected, given)) return {};
  return fail(ErrorCode::kUnauthorized,
              "the signature was made with another secret or over other bytes: compare the body "
              "byte for byte, as it was before any JSON parser read it");
}

Status check_signature(const SignArguments& arguments) {
  RF_TRY(const std::string body, read_input(arguments.body, limits::kBatchBytesMax));
  RF_TRY(const auto tolerance, parse_duration(arguments.tolerance));
  const Secret secret{arguments.secret};
  RF_TRY_STATUS(check_secret(secret.reveal()));
  if (arguments.signature.starts_with("sha256=")) {
    return verify_body_signature(secret, body, arguments.signature);
  }
  if (arguments.id.empty() || arguments.timestamp_text.empty()) {
    return fail(ErrorCode::kInvalidInput,
                "--id and --timestamp are needed for a webhook-signature; only the sha256= form of "
                "X-Returnflows-Signature does without");
  }
  return verify_standard_signature(
      secret,
      {.id = arguments.id,
       .timestamp = arguments.timestamp_text,
       .signature = arguments.signature,
       .body = body,
       .now_seconds = arguments.now,
       .tolerance = std::chrono::duration_cast<std::chrono::seconds>(tolerance)});
}

Status verify(const Session& session, const SignArguments& arguments) {
  Status status = check_signature(arguments);
  if (status) {
    session.terminal().print_line("the signature is good");
  } else if (status.error().code == ErrorCode::kUnauthorized) {
    // A verdict, not a wrong use of the command.
    status.error().detail.insert(0, "the signature is not good: ");
    status.error().reason = kRefused;
  }
  return status;
}

}  // namespace

void add_sign_command(CLI::App& app, CommandLine& line) {
  CLI::App& command =
      *app.add_subcommand("sign", "Print the signature headers of a body; needs no server");
  command.footer(example_footer(
      "returnflows sign --secret whsec_… --id evt_1 --timestamp 1770429600 --body body.json"));
  const auto arguments = std::make_shared<SignArguments>();
  arguments->timestamp = unix_now();
  add_shared_options(command, *arguments);
  command.add_option("--id", arguments->id, "webhook-id")->required()->type_name("ID");
  command
      .add_option(
          "--timestamp", arguments->timestamp, "webhook-timestamp in seconds; now when left out")
      ->type_name("SECONDS");
  command.callback([&line, arguments] {
    line.action =
        with_session([arguments](const Session& session) { return sign(session, *arguments); });
  });
}

void add_verify_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand(
      "verify", "Check the signature of a request that arrived; needs no server");
  command.footer(example_footer(
      "returnflows verify --secret whsec_… --id evt_1 --timestamp 1770429600 --body body.json "
      "--signature v1,…"));
  const auto arguments = std::make_shared<SignArguments>();
  arguments->now = unix_now();
  add_shared_options(command, *arguments);
  command
      .add_option("--signature",
                  arguments->signature,
                  "webhook-signature, or X-Returnflows-Signature (sha256=…)")
      ->required()
      ->type_name("VALUE");
  command.add_option("--id", arguments->id, "webhook-id")->type_name("ID");
  command.add_option("--timestamp", arguments->timestamp_text, "webhook-timestamp")
      ->type_name("SECONDS");
  command.add_option("--now", arguments->now, "Check as of this time, for old captures")
      ->type_name("SECONDS");
  command.add_option("--tolerance", arguments->tolerance, "How far the timestamp may be off (5m)")
      ->type_name("DURATION");
  command.callback([&line, arguments] {
    line.action =
        with_session([arguments](const Session& session) { return verify(session, *arguments); });
  });
}

}  // namespace returnflows
