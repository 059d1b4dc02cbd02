#include "returnflows/api/api_under_test_test.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <future>
#include <stdexcept>

#include <arpa/inet.h>
#include <boost/json/parse.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "returnflows/api/sha256.h"

namespace returnflows {

boost::json::value ClientAnswer::json() const {
  return boost::json::parse(body);
}

std::string ClientAnswer::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string{name} + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  const std::size_t from = at + start.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

LoopbackClient::LoopbackClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("the API does not accept connections");
  }
}

LoopbackClient::~LoopbackClient() {
  ::close(socket_);
}

void LoopbackClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // The server has closed: what it answered is read afterwards.
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool LoopbackClient::fill() {
  char buffer[16384];
  const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
  if (got < 0) throw std::runtime_error("no answer; so far: " + unread_);
  unread_.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

bool LoopbackClient::is_closed() {
  return unread_.empty() && !fill();
}

std::string LoopbackClient::receive_until(std::string_view text) {
  while (unread_.find(text) == std::string::npos) {
    if (!fill()) throw std::runtime_error("the connection ended after: " + unread_);
  }
  const std::size_t end = unread_.find(text) + text.size();
  std::string got = unread_.substr(0, end);
  unread_.erase(0, end);
  return got;
}

ClientAnswer LoopbackClient::receive(bool head_only) {
  ClientAnswer answer;
  answer.head = receive_until("\r\n\r\n");
  const std::string status = answer.head.substr(9, 3);
  std::from_chars(status.data(), status.data() + status.size(), answer.status);
  const std::string length = answer.header("content-length");
  std::size_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (head_only) bytes = 0;
  while (unread_.size() < bytes) {
    if (!fill()) throw std::runtime_error("the body was cut short");
  }
  answer.body = unread_.substr(0, bytes);
  unread_.erase(0, bytes);
  return answer;
}

void GatedTransitions::close_gate() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

void GatedTransitions::open_gate() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = false;
  }
  changed_.notify_all();
}

void GatedTransitions::wait_for_held_commit() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return holding_; });
}

Result<CommitReport> GatedTransitions::commit() {
  {
    std::unique_lock lock(mutex_);
    holding_ = closed_;
    if (holding_) changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    holding_ = false;
  }
  return inner_.commit();
}

ApiUnderTest::ApiUnderTest() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "returnflows-api-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  auto store = open_sqlite_store(
      {.file = folder_ / "api.db", .clock = clock_, .random = random_, .vfs = {}});
  if (!store) throw std::runtime_error(store.error().detail);
  store_ = std::move(*store);
  transitions_ = std::make_unique<GatedTransitions>(store_->transitions());
  journal_ = std::make_unique<Journal>(Journal::Parts{.transitions = *transitions_,
                                                      .queue = store_->queue(),
                                                      .clock = clock_,
                                                      .observers = {},
                                                      .on_fatal = {}});
  api_ = std::make_unique<ApiServer>(ApiParts{.shards = shards_,
                                              .journal = *journal_,
                                              .store = *store_,
                                              .secret_box = secret_box_,
                                              .clock = clock_,
                                              .random = random_,
                                              .storage_pool = storage_pool_,
                                              .metrics = metrics_,
                                              .control = *this,
                                              .egress_policy = {},
                                              .version = "1.2.3"});
  for (CommitObserver* observer : api_->observers()) {
    journal_->add_observer(*observer);
  }
  shards_.start();
  journal_->start();
  CreateApiKey transition;
  transition.key.id = ApiKeyId{store_->reserve_id()};
  transition.key.key_sha256 = sha256({kPlatformKey});
  transition.key.created_at = clock_.now();
  std::promise<bool> made;
  journal_->submit(std::move(transition), shards_.at(0), [&made](Result<Created> outcome) {
    made.set_value(outcome.has_value());
  });
  if (!made.get_future().get()) throw std::runtime_error("the platform key was not stored");
  if (const auto listening = api_->listen("127.0.0.1", 0); !listening) {
    throw std::runtime_error(listening.error().detail);
  }
  api_->start();
}

ApiUnderTest::~ApiUnderTest() {
  transitions_->open_gate();
  api_->stop(std::chrono::seconds{5});
  journal_->stop();
  storage_pool_.join();
  shards_.stop();
  api_.reset();
  journal_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Task<Result<Timestamp>> ApiUnderTest::advance_clock(std::chrono::seconds step) {
  clock_.advance_to(clock_.now() + step);
  co_return clock_.now();
}

std::string ApiUnderTest::request(std::string_view method,
                                  std::string_view target,
                                  std::string_view body,
                                  const CallOptions& options) {
  std::string bytes{method};
  bytes += ' ';
  bytes += target;
  bytes += " HTTP/1.1\r\nHost: api\r\n";
  if (options.key != "none") {
    bytes += "Authorization: Bearer ";
    bytes += options.key.empty() ? kPlatformKey : std::string_view{options.key};
    bytes += "\r\n";
  }
  bytes += options.headers;
  if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  bytes += "\r\n";
  bytes += body;
  return bytes;
}

ClientAnswer ApiUnderTest::call(std::string_view method,
                                std::string_view target,
                                std::string_view body,
                                const CallOptions& options) {
  LoopbackClient client(api_->port());
  client.send(request(method, target, body, options));
  return client.receive(method == "HEAD");
}

std::string ApiUnderTest::publish(std::string_view return_id, std::string_view type) {
  const ClientAnswer answer = call("POST", "/v1/events", event_json(return_id, type));
  EXPECT_EQ(answer.status, 202) << answer.body;
  return std::string{answer.json().at("id").as_string()};
}

std::string ApiUnderTest::create_endpoint(std::string_view url) {
  const ClientAnswer answer =
      call("POST", "/v1/endpoints", R"({"url":")" + std::string{url} + R"("})");
  EXPECT_EQ(answer.status, 201) << answer.body;
  return std::string{answer.json().at("id").as_string()};
}

std::string ApiUnderTest::merchant_key() {
  const ClientAnswer answer = call("POST", "/v1/api-keys", R"({"description":"shop"})");
  EXPECT_EQ(answer.status, 201) << answer.body;
  return std::string{answer.json().at("key").as_string()};
}

std::string event_json(std::string_view return_id,
                       std::string_view type,
                       std::string_view more_members) {
  std::string json = R"({"type":")";
  json += type;
  json += R"(","data":{"return":{"id":")";
  json += return_id;
  json += R"("}})";
  json += more_members;
  json += '}';
  return json;
}

void expect_problem(const ClientAnswer& answer, int status, std::string_view code) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  const auto document = answer.json();
  EXPECT_EQ(document.at("status"), status);
  EXPECT_EQ(document.at("code").as_string(), code);
  EXPECT_FALSE(document.at("title").as_string().empty());
  EXPECT_FALSE(document.at("detail").as_string().empty());
}

}  // namespace returnflows
