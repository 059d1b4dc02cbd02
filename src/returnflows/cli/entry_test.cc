#include "returnflows/cli/entry.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "returnflows/base/secret.h"
#include "returnflows/cli/canned_server.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/delivery/signing.h"
#include "tests/support/temporary_folder.h"

namespace returnflows {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

class Commands : public testing::Test {
 protected:
  Commands() {
    // What the person who runs the tests has set must not change them.
    for (const char* name : {"RETURNFLOWS_URL",
                             "RETURNFLOWS_API_KEY",
                             "RETURNFLOWS_MERCHANT",
                             "RETURNFLOWS_OUTPUT",
                             "RETURNFLOWS_WEBHOOK_SECRET",
                             "RETURNFLOWS_CONFIG"}) {
      ::unsetenv(name);
    }
  }

  Ran run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "returnflows");
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ran ran;
    ran.code = run_cli(static_cast<int>(arguments.size()), argv.data(), parts_);
    ran.out = testing::internal::GetCapturedStdout();
    ran.err = testing::internal::GetCapturedStderr();
    return ran;
  }

  // The same against the canned server.
  Ran call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--url", server_.url(), "--api-key", "rf_test"});
    return run(std::move(arguments));
  }

  CannedRequest last_request() const {
    const auto requests = server_.requests();
    EXPECT_FALSE(requests.empty());
    return requests.empty() ? CannedRequest{} : requests.back();
  }

  std::string answer_ = canned_answer(200, "{}");
  CannedServer server_{[this](const CannedRequest&) { return answer_; }};
  ServeConfig served_;
  bool dry_run_ = false;
  ProgramParts parts_{.serve =
                          [this](const ServeConfig& config) {
                            served_ = config;
                            return 7;
                          },
                      .migrate =
                          [this](const ServeConfig& config, bool dry_run) {
                            served_ = config;
                            dry_run_ = dry_run;
                            return 0;
                          },
                      .openapi = [] { return std::string{R"({"openapi":"3.1.0"})"}; }};
};

TEST_F(Commands, ServePassesOnItsConfigurationAndExitCode) {
  const Ran ran = run({"serve",
                       "--listen",
                       "127.0.0.1:0",
                       "--threads=2",
                       "--test-clock",
                       "--egress-allow",
                       "127.0.0.0/8",
                       "--admin-key",
                       "rf_test_key"});
  EXPECT_EQ(ran.code, 7) << ran.err;
  EXPECT_EQ(served_.listen.port, 0);
  EXPECT_EQ(served_.threads, 2U);
  EXPECT_TRUE(served_.test_clock);
  EXPECT_EQ(served_.egress.allow.size(), 1U);
  EXPECT_EQ(served_.admin_key.reveal(), "rf_test_key");
}

TEST_F(Commands, ServeRefusesAWrongConfiguration) {
  const Ran ran = run({"serve", "--threads", "0"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err,
              HasSubstr("threads: '0' is not a whole number from 1 to 64 (from --threads)"));
}

TEST_F(Commands, MigrateMayOnlySayWhatItWouldDo) {
  EXPECT_EQ(run({"migrate", "--dry-run", "--data-dir", "/var/lib/rf"}).code, 0);
  EXPECT_TRUE(dry_run_);
  EXPECT_EQ(served_.data_dir, "/var/lib/rf");
}

TEST_F(Commands, CheckConfigShowsEveryValueWithItsOrigin) {
  const Ran ran = run({"check-config", "--listen", "127.0.0.1:9", "--admin-key", "rf_test_key"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, testing::ContainsRegex("listen +127.0.0.1:9 +--listen\n"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("threads +[1-4] +default\n"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("admin_key +\\*+ +--admin-key\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("rf_test_key")));
}

TEST_F(Commands, CheckConfigIsJsonForMachines) {
  const Ran ran = run({"check-config", "--output", "json"});
  EXPECT_EQ(json_to_text(json_at(ran.out, "log_format.value")), "text");
  EXPECT_EQ(json_to_text(json_at(ran.out, "log_format.from")), "default");
}

TEST_F(Commands, EndpointsCreateSendsWhatWasGiven) {
  answer_ =
      canned_answer(201, R"({"id":"ep_1","secret":"whsec_x","event_types":["return.created"]})");
  const Ran ran = call({"endpoints",
                        "create",
                        "--url",
                        "https://erp.example/hook",
                        "--events",
                        "return.created,return.closed",
                        "--description",
                        "",
                        "--success",
                        "any_2xx",
                        "--timeout",
                        "5s",
                        "--retry-delays",
                        "5s,2m",
                        "--idempotency-key",
                        "k"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(last_request().line, "POST /v1/endpoints HTTP/1.1");
  EXPECT_EQ(last_request().header("authorization"), "Bearer rf_test");
  EXPECT_EQ(last_request().header("idempotency-key"), "k");
  EXPECT_EQ(
      last_request().body,
      R"({"url":"https://erp.example/hook","event_types":["return.created","return.closed"],)"
      R"("description":"","success":"any_2xx","attempt_timeout_ms":5000,"retry_delays":[5,120]})");
  EXPECT_THAT(ran.out, testing::ContainsRegex("secret +whsec_x\n"));
}

TEST_F(Commands, EndpointsUpdateSendsOnlyChanges) {
  EXPECT_EQ(call({"endpoints", "update", "ep_1", "--events", "*"}).code, 0);
  EXPECT_EQ(last_request().line, "PATCH /v1/endpoints/ep_1 HTTP/1.1");
  EXPECT_EQ(last_request().body, R"({"event_types":["*"]})");
  EXPECT_EQ(call({"endpoints", "update", "ep_1"}).code, 2);
}

TEST_F(Commands, EndpointsActionsGoToTheirPaths) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"endpoints", "get", "ep_1"}, "GET /v1/endpoints/ep_1"},
      {{"endpoints", "delete", "ep_1"}, "DELETE /v1/endpoints/ep_1"},
      {{"endpoints", "pause", "ep_1"}, "POST /v1/endpoints/ep_1/pause"},
      {{"endpoints", "resume", "ep_1"}, "POST /v1/endpoints/ep_1/resume"},
      {{"endpoints", "secret", "ep_1"}, "GET /v1/endpoints/ep_1/secret"},
      {{"endpoints", "rotate-secret", "ep_1"}, "POST /v1/endpoints/ep_1/secret/rotate"},
      {{"endpoints", "test", "ep_1", "--type", "return.closed"}, "POST /v1/endpoints/ep_1/test"},
      {{"events", "get", "evt_1"}, "GET /v1/events/evt_1"},
      {{"deliveries", "get", "dlv_1"}, "GET /v1/deliveries/dlv_1"},
      {{"deliveries", "retry", "dlv_1"}, "POST /v1/deliveries/dlv_1/retry"},
      {{"deliveries", "cancel", "dlv_1"}, "POST /v1/deliveries/dlv_1/cancel"},
      {{"keys", "create", "--description", "erp"}, "POST /v1/api-keys"},
      {{"keys", "list"}, "GET /v1/api-keys?limit=50"},
      {{"keys", "revoke", "key_1"}, "DELETE /v1/api-keys/key_1"},
      {{"merchants", "create", "--name", "North", "--slug", "north"}, "POST /v1/merchants"},
      {{"merchants", "list"}, "GET /v1/merchants?limit=50"},
  };
  for (const auto& [arguments, line] : cases) {
    EXPECT_EQ(call(arguments).code, 0);
    EXPECT_EQ(last_request().line, line + " HTTP/1.1");
  }
}

TEST_F(Commands, ListsAreTablesForPeople) {
  answer_ = canned_answer(200, R"({"data":[{"id":"ep_1","status":"active","url":"https://a.example",
      "event_types":["*"],"description":"ERP","created_at":"2026-02-07T02:00:00.000Z"}],
      "next_cursor":"abc"})");
  const Ran ran = call({"endpoints", "list", "--limit", "1"});
  EXPECT_EQ(ran.out,
            "ID    STATUS  URL                EVENTS  DESCRIPTION  CREATED\n"
            "ep_1  active  https://a.example  [\"*\"]   ERP          2026-02-07T02:00:00.000Z\n");
  EXPECT_THAT(ran.err, HasSubstr("--cursor abc"));
}

TEST_F(Commands, ListsFollowTheCursorToTheEnd) {
  const CannedServer pages([](const CannedRequest& request) {
    return request.line.contains("cursor=c2")
               ? canned_answer(200, R"({"data":[{"id":"evt_2","n":1.50}],"next_cursor":null})")
               : canned_answer(200, R"({"data":[{"id":"evt_1"}],"next_cursor":"c2"})");
  });
  const Ran ran =
      run({"--url", pages.url(), "events", "list", "--all", "--output", "ndjson", "--type", "x"});
  EXPECT_EQ(ran.out, "{\"id\":\"evt_1\"}\n{\"id\":\"evt_2\",\"n\":1.50}\n");
  EXPECT_EQ(pages.requests().at(1).line, "GET /v1/events?type=x&limit=250&cursor=c2 HTTP/1.1");
  const Ran array = run({"--url", pages.url(), "events", "list", "--all", "--output", "json"});
  EXPECT_EQ(compact_json(array.out), R"([{"id":"evt_1"},{"id":"evt_2","n":1.50}])");
}

TEST_F(Commands, DeliveriesGetShowsItsAttemptsAsATable) {
  answer_ = canned_answer(200, R"({"id":"dlv_1","status":"pending","attempts":[
      {"number":1,"started_at":"t1","duration_ms":12,"status":500,"error":null,"summary":"failed"}]})");
  const Ran ran = call({"deliveries", "get", "dlv_1"});
  EXPECT_THAT(ran.out,
              AllOf(testing::ContainsRegex("status +pending\n"),
                    testing::ContainsRegex("\n1 +t1 +12 +500 +failed\n")));
}

TEST_F(Commands, RefusalsAreReadableAndExitWithOne) {
  answer_ = canned_answer(400, R"({"status":400,"code":"invalid_input","detail":"1 field is wrong.",
      "errors":[{"pointer":"/url","detail":"must be https"}]})");
  const Ran ran = call({"endpoints", "create", "--url", "http://a"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err,
            "error: the server refused (400 invalid_input): 1 field is wrong.\n"
            "  /url: must be https\n");
}

TEST_F(Commands, AServerThatIsNotThereExitsWithThree) {
  std::string url;
  {
    const CannedServer gone([](const CannedRequest&) { return std::string{}; });
    url = gone.url();
  }
  const Ran ran = run({"--url", url, "endpoints", "list"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("is the server running?"));
}

TEST_F(Commands, GlobalOptionsComeFromVariablesToo) {
  ::setenv("RETURNFLOWS_URL", server_.url().c_str(), 1);
  ::setenv("RETURNFLOWS_API_KEY", "rf_from_environment", 1);
  ::setenv("RETURNFLOWS_MERCHANT", "north", 1);
  EXPECT_EQ(run({"endpoints", "list"}).code, 0);
  EXPECT_EQ(last_request().header("authorization"), "Bearer rf_from_environment");
  EXPECT_EQ(last_request().header("returnflows-merchant"), "north");
}

// A file with some text, deleted with the test.
class TextFile {
 public:
  explicit TextFile(std::string_view text) {
    const int descriptor = ::mkstemp(path_.data());
    EXPECT_EQ(::write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(descriptor);
  }

  ~TextFile() { ::unlink(path_.c_str()); }

  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/returnflows_entry_XXXXXX";
};

// A list of two pages with one row each.
std::string page_of(const CannedRequest& request, std::string_view first, std::string_view second) {
  const bool is_second = request.line.contains("cursor=c2");
  std::string body = "{\"data\":[";
  body += is_second ? second : first;
  body += is_second ? "],\"next_cursor\":null}" : "],\"next_cursor\":\"c2\"}";
  return canned_answer(200, body);
}

TEST_F(Commands, ExportCopiesAllPagesOfEventsAndSaysWhereToGoOn) {
  const CannedServer pages([](const CannedRequest& request) {
    return page_of(request, R"({"id":"evt_1"})", R"({"id":"evt_2","n":1.50})");
  });
  const Ran ran = run({"--url",
                       pages.url(),
                       "export",
                       "--what",
                       "events",
                       "--after",
                       "evt_0",
                       "--until",
                       "2026-02-07T02:00:00Z"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "{\"id\":\"evt_1\"}\n{\"id\":\"evt_2\",\"n\":1.50}\n");
  EXPECT_EQ(ran.err, "2 rows; go on with --after evt_2\n");
  EXPECT_EQ(pages.requests().at(0).line,
            "GET /v1/events?limit=250&order=asc&until=2026-02-07T02%3A00%3A00.000Z&after=evt_0 "
            "HTTP/1.1");
  EXPECT_THAT(pages.requests().at(1).line, HasSubstr("&cursor=c2 "));
}

TEST_F(Commands, ExportOfReturnsKeepsToTheTimesAsked) {
  const CannedServer pages([](const CannedRequest& request) {
    return page_of(request,
                   R"({"id":"ret_1","created_at":"2026-02-01T00:00:00.000Z"})",
                   R"({"id":"ret_2","created_at":"2026-02-02T00:00:00.000Z"})");
  });
  const Ran ran = run({"--url",
                       pages.url(),
                       "export",
                       "--what",
                       "returns",
                       "--format",
                       "csv",
                       "--since",
                       "2026-02-02T00:00:00Z"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(StartsWith("id,number,"), HasSubstr("\r\nret_2,"), Not(HasSubstr("ret_1"))));
  EXPECT_THAT(ran.err, StartsWith("1 row; that is all."));
  EXPECT_EQ(pages.requests().at(0).line, "GET /v1/returns?limit=250&order=asc HTTP/1.1");
}

TEST_F(Commands, ExportThatBreaksOffSaysWhereToGoOn) {
  const CannedServer pages([](const CannedRequest& request) {
    return request.line.contains("cursor=c2")
               ? canned_answer(503, R"({"status":503,"code":"unavailable","detail":"No disk."})")
               : canned_answer(200, R"({"data":[{"id":"dlv_1"}],"next_cursor":"c2"})");
  });
  const Ran ran = run({"--url", pages.url(), "export", "--what", "deliveries"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "{\"id\":\"dlv_1\"}\n");
  EXPECT_THAT(ran.err, AllOf(StartsWith("1 row; go on with --after c2\n"), HasSubstr("No disk.")));
}

TEST_F(Commands, ExportThatIsInterruptedEndsAfterThePage) {
  const CannedServer pages([](const CannedRequest&) {
    ::raise(SIGINT);
    return canned_answer(200, R"({"data":[{"id":"evt_1"}],"next_cursor":"c2"})");
  });
  const Ran ran = run({"--url", pages.url(), "export", "--what", "events"});
  EXPECT_EQ(ran.code, 130);
  EXPECT_EQ(ran.out, "{\"id\":\"evt_1\"}\n");
  EXPECT_EQ(ran.err, "1 row; go on with --after evt_1\nerror: interrupted\n");
}

TEST_F(Commands, ExportGoesOnInItsFileWithoutASecondHeader) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "deliveries.csv").string();
  answer_ = canned_answer(200, R"({"data":[{"id":"dlv_1"}],"next_cursor":null})");
  const std::vector<std::string> command = {
      "export", "--what", "deliveries", "--format", "csv", "--output", path};
  ASSERT_EQ(call(command).code, 0);
  std::vector<std::string> again = command;
  again.insert(again.end(), {"--after", "c2"});
  ASSERT_EQ(call(again).code, 0);
  EXPECT_THAT(last_request().line, HasSubstr("cursor=c2"));
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
  EXPECT_EQ(text.rfind("id,event_id"), 0U);
}

TEST_F(Commands, ExportLeavesItsFileAsItWasWhenTheServerRefuses) {
  const TextFile file("of yesterday");
  answer_ = canned_answer(401, R"({"status":401,"code":"unauthorized","detail":"No."})");
  EXPECT_EQ(call({"export", "--what", "events", "--output", file.path()}).code, 1);
  std::ifstream in(file.path());
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>(in), {}}), "of yesterday");
}

TEST_F(Commands, ExportNeedsToKnowWhat) {
  EXPECT_EQ(call({"export"}).code, 2);
  const Ran ran = call({"export", "--what", "customers"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--what is events, returns, return-items or deliveries"));
  EXPECT_THAT(call({"export", "--what", "events", "--format", "xml"}).err,
              HasSubstr("--format is ndjson or csv"));
  EXPECT_THAT(call({"export", "--what", "events", "--output", "json"}).err,
              HasSubstr("--output is the file to write"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Commands, TriggerPublishesTheSampleUnderAFreshReturnId) {
  ASSERT_EQ(call({"trigger", "return.created", "--override", "data.return.number=X-1"}).code, 0);
  const std::string first = last_request().body;
  EXPECT_EQ(json_to_text(json_member(first, "type")), "return.created");
  EXPECT_EQ(json_to_text(json_at(first, "data.return.number")), "X-1");
  ASSERT_EQ(call({"trigger", "return.created"}).code, 0);
  const std::string second = last_request().body;
  EXPECT_THAT(json_to_text(json_at(second, "data.return.id")), StartsWith("ret_"));
  EXPECT_NE(json_at(first, "data.return.id"), json_at(second, "data.return.id"));
  ASSERT_EQ(call({"trigger", "return.created", "--return-id", "r7"}).code, 0);
  EXPECT_EQ(json_at(last_request().body, "data.return.id"), "\"r7\"");
}

TEST_F(Commands, TriggerNamesTheNearestType) {
  const Ran ran = call({"trigger", "return.cretaed"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("did you mean 'return.created'?"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Commands, PublishSendsTheBytesOfTheFile) {
  const TextFile file(R"({"return":{"id":"r1","weight":1.50}})");
  ASSERT_EQ(call({"events",
                  "publish",
                  "--type",
                  "return.created",
                  "--data",
                  file.path(),
                  "--id",
                  "e1",
                  "--occurred-at",
                  "2026-02-07T02:00:00Z"})
                .code,
            0);
  EXPECT_EQ(last_request().body,
            R"({"type":"return.created","id":"e1","occurred_at":"2026-02-07T02:00:00.000Z",)"
            R"("data":{"return":{"id":"r1","weight":1.50}}})");
}

TEST_F(Commands, PublishRefusesAFileThatIsNoJson) {
  const TextFile file("{\"return\":");
  const Ran ran = call({"events", "publish", "--type", "return.created", "--data", file.path()});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr(file.path() + ": it is not valid JSON"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Commands, PublishSendsBatchesAsNdjson) {
  const TextFile file("{\"type\":\"return.created\",\"data\":{}}\n");
  ASSERT_EQ(call({"events", "publish", "--batch", file.path()}).code, 0);
  EXPECT_EQ(last_request().line, "POST /v1/events/batch HTTP/1.1");
  EXPECT_EQ(last_request().header("content-type"), "application/x-ndjson");
  EXPECT_EQ(call({"events", "publish"}).code, 2);
}

// The published vector of the Standard Webhooks libraries.
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr const char* kBody = R"({"test": 2432232314})";
constexpr const char* kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

TEST_F(Commands, SignPrintsTheHeadersOfTheStandard) {
  const TextFile body(kBody);
  const Ran ran = run({"sign",
                       "--secret",
                       kSecret,
                       "--id",
                       kId,
                       "--timestamp",
                       "1614265330",
                       "--body",
                       body.path()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out,
              StartsWith(std::string{"webhook-id: "} + kId +
                         "\nwebhook-timestamp: 1614265330\nwebhook-signature: " + kSignature +
                         "\nX-Returnflows-Signature: sha256="));
}

TEST_F(Commands, VerifyAcceptsAGoodSignature) {
  const TextFile body(kBody);
  const Ran ran = run({"verify",
                       "--secret",
                       kSecret,
                       "--id",
                       kId,
                       "--timestamp",
                       "1614265330",
                       "--body",
                       body.path(),
                       "--signature",
                       kSignature,
                       "--now",
                       "1614265400"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "the signature is good\n");
}

TEST_F(Commands, VerifySaysWhatDiffersAndExitsWithOne) {
  const TextFile body(kBody);
  const Ran other = run({"verify",
                         "--secret",
                         "another secret",
                         "--id",
                         kId,
                         "--timestamp",
                         "1614265330",
                         "--body",
                         body.path(),
                         "--signature",
                         kSignature,
                         "--now",
                         "1614265400"});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("the signature is not good: "));
  const Ran old = run({"verify",
                       "--secret",
                       kSecret,
                       "--id",
                       kId,
                       "--timestamp",
                       "1614265330",
                       "--body",
                       body.path(),
                       "--signature",
                       kSignature});
  EXPECT_EQ(old.code, 1);
  EXPECT_THAT(old.err, HasSubstr("tolerance of 300"));
}

TEST_F(Commands, VerifyChecksTheSignatureOfTheBodyAlone) {
  // The vector of GitHub's documentation.
  const TextFile body("Hello, World!");
  const std::string good =
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const std::string secret = "It's a Secret to Everybody";
  EXPECT_EQ(run({"verify", "--secret", secret, "--body", body.path(), "--signature", good}).code,
            0);
  EXPECT_EQ(
      run({"verify", "--secret", secret + "!", "--body", body.path(), "--signature", good}).code,
      1);
}

TEST_F(Commands, ListenForwardsSignedEventsAndShowsTheAnswers) {
  answer_ = "HTTP/1.1 200 OK\r\n\r\nid: evt_1\nevent: return.created\ndata: {\"id\":\"evt_1\"}\n\n";
  const CannedServer program([](const CannedRequest&) { return canned_answer(204, ""); });
  const Ran ran = call({"listen",
                        "--forward-to",
                        program.url() + "/hook?x=1",
                        "--secret",
                        "a typed secret",
                        "--count",
                        "1"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "Ready! Signing secret is a typed secret (Ctrl-C to quit)\n"
            "--> return.created [evt_1]\n"
            "<-- [204] POST " +
                program.url() + "/hook?x=1 [evt_1]\n");
  const CannedRequest forwarded = program.requests().at(0);
  EXPECT_EQ(forwarded.line, "POST /hook?x=1 HTTP/1.1");
  EXPECT_EQ(forwarded.body, R"({"id":"evt_1"})");
  EXPECT_EQ(forwarded.header("x-returnflows-event"), "return.created");
  EXPECT_EQ(forwarded.header("x-returnflows-attempt"), "1");
  EXPECT_EQ(forwarded.header("content-type"), "application/json");
  EXPECT_THAT(forwarded.header("user-agent"), StartsWith("Returnflows/"));
  const std::string timestamp = forwarded.header("webhook-timestamp");
  const std::string signature = forwarded.header("webhook-signature");
  const Status verdict = verify_standard_signature(Secret{"a typed secret"},
                                                   {.id = "evt_1",
                                                    .timestamp = timestamp,
                                                    .signature = signature,
                                                    .body = forwarded.body,
                                                    .now_seconds = std::stoll(timestamp)});
  EXPECT_TRUE(verdict.has_value()) << verdict.error().detail;
}

TEST_F(Commands, ListenMakesASecretAndGoesOnWhenTheProgramIsNotThere) {
  std::string url;
  {
    const CannedServer gone([](const CannedRequest&) { return std::string{}; });
    url = gone.url();
  }
  answer_ = "HTTP/1.1 200 OK\r\n\r\nid: e\nevent: return.created\ndata: {}\n\n";
  const Ran ran = call({"listen", "--forward-to", url, "--count", "1"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out,
              AllOf(StartsWith("Ready! Signing secret is whsec_"),
                    HasSubstr("<-- [ERR] POST " + url + " [e]: connecting to")));
}

TEST_F(Commands, TailShowsALineForEveryEvent) {
  answer_ =
      "HTTP/1.1 200 OK\r\n\r\nid: evt_1\nevent: return.created\n"
      "data: {\"created_at\":\"2026\",\"subject\":{\"id\":\"ret_9\"}}\n\n";
  EXPECT_EQ(call({"events", "tail", "--count", "1"}).out, "2026  return.created  evt_1  ret_9\n");
  EXPECT_EQ(call({"events", "tail", "--count", "1", "--output", "ndjson"}).out,
            "{\"created_at\":\"2026\",\"subject\":{\"id\":\"ret_9\"}}\n");
}

TEST_F(Commands, PrintTheirVersionAndTheApiDocument) {
  EXPECT_EQ(run({"version"}).out, "returnflows " RF_VERSION "\n");
  EXPECT_EQ(run({"--version"}).out, "returnflows " RF_VERSION "\n");
  EXPECT_EQ(run({"openapi"}).out, "{\"openapi\":\"3.1.0\"}\n");
}

TEST_F(Commands, WrongUseExitsWithTwoAndNamesTheNearestWord) {
  const Ran command = run({"endponts", "list"});
  EXPECT_EQ(command.code, 2);
  EXPECT_THAT(command.err,
              AllOf(HasSubstr("did you mean 'endpoints'?"), EndsWith("try: returnflows --help\n")));
  const Ran option = run({"endpoints", "list", "--limt", "5"});
  EXPECT_EQ(option.code, 2);
  EXPECT_THAT(option.err,
              AllOf(HasSubstr("did you mean '--limit'?"),
                    EndsWith("try: returnflows endpoints list --help\n")));
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"endpoints", "list", "--output", "xml"}).code, 2);
}

TEST_F(Commands, HelpTeachesByExampleAndNamesTheExitCodes) {
  const std::vector<std::vector<std::string>> commands = {{},
                                                          {"serve"},
                                                          {"migrate"},
                                                          {"check-config"},
                                                          {"keys", "create"},
                                                          {"trigger"},
                                                          {"merchants"},
                                                          {"endpoints"},
                                                          {"endpoints", "create"},
                                                          {"events"},
                                                          {"deliveries"},
                                                          {"listen"},
                                                          {"sign"},
                                                          {"verify"},
                                                          {"openapi"},
                                                          {"version"},
                                                          {"keys"},
                                                          {"events", "publish"}};
  for (std::vector<std::string> arguments : commands) {
    std::string wanted = "Example:\n  returnflows ";
    if (!arguments.empty()) wanted += arguments.front();
    arguments.emplace_back("--help");
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, AllOf(HasSubstr(wanted), HasSubstr("Exit codes: 0 done")));
  }
}

}  // namespace
}  // namespace returnflows
