#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "returnflows/base/clock.h"
#include "returnflows/delivery/attempt.h"
#include "returnflows/dispatch/answer_parser.h"
#include "returnflows/dispatch/resolver.h"
#include "returnflows/dispatch/tls.h"
#include "returnflows/endpoints/endpoint_url.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// One keep-alive connection to one endpoint, plain or TLS: connects when it has to, sends a
// request, reads the answer. Never follows a redirect.
//
// Deadlines are kept here and enforced by sweep(), which the shard's ticker calls: one timer per
// shard instead of one per operation. A deadline is therefore kept to about 100 ms.
//
// Thread: shard-affine.
class Connection {
 public:
  // What connections of one endpoint share; outlives them.
  struct Surroundings {
    Executor executor;
    Resolver& resolver;
    const EgressPolicy& egress;
    asio::ssl::context& tls;
    TlsSession& session;
  };

  explicit Connection(const Surroundings& surroundings) : surroundings_(surroundings) {}

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  // Sends `request` to `destination` and reads the answer, all before `deadline`. Every address
  // is vetted before it is connected to; an open connection was vetted when it was made.
  //
  // When the connection had carried requests before and ends before any byte of this answer, the
  // request is sent once more over a fresh one, within the same attempt: the server had most
  // likely closed it while it was quiet. Should it have read the request all the same, it sees
  // the same webhook-id twice, which "at least once" allows and receivers must expect.
  //
  // `request` and this object must outlive the task. Returns: what happened, but for `number` and
  // `started_at`; nullopt after abort().
  Task<std::optional<Attempt>> exchange(std::shared_ptr<const EndpointUrl> destination,
                                        const std::string* request,
                                        Monotonic deadline);

  // True when another request may go out on it.
  bool is_open() const { return open_; }

  // Ends the exchange under way when its deadline has passed.
  void sweep(Monotonic now);

  // Ends the exchange under way; its outcome is unknown.
  void abort();

  void close();

 private:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
  using TlsStream = asio::ssl::stream<Socket>;
  using SystemError = boost::system::error_code;

  struct Failure {
    AttemptResult result = AttemptResult::kReset;
    std::string detail;
  };

  using Progress = std::optional<Failure>;  // Nothing: go on.
  enum class Interruption : std::uint8_t { kNone, kTimedOut, kAborted };

  Task<Progress> exchange_once(const EndpointUrl* destination,
                               const std::string* request,
                               Attempt* attempt);
  Task<Progress> open(const EndpointUrl* destination, Attempt* attempt);
  Task<Progress> resolve(const EndpointUrl* destination,
                         Resolver::Addresses* addresses,
                         Attempt* attempt);
  Status vet(const EndpointUrl& destination, Resolver::Addresses& addresses) const;
  Task<Progress> connect(const EndpointUrl* destination,
                         const Resolver::Addresses* addresses,
                         Attempt* attempt);
  Task<SystemError> connect_to(asio::ip::tcp::endpoint address, Monotonic deadline);
  Task<Progress> shake_hands(const EndpointUrl* destination, Attempt* attempt);
  template <class Stream>
  Task<Progress> talk(Stream* stream, const std::string* request, Attempt* attempt);
  Progress finish_reading(AnswerParser::State state, const SystemError& error);
  void keep_answer(Attempt& attempt, bool whole);

  Socket* socket();
  void interrupt(Interruption why);

  Surroundings surroundings_;
  std::optional<Socket> plain_;
  std::optional<TlsStream> tls_;
  AnswerParser parser_;
  bool open_ = false;
  std::string remote_address_;
  Monotonic deadline_{};       // Of the exchange.
  Monotonic step_deadline_{};  // Of what is under way now: the exchange's, or sooner.
  bool busy_ = false;
  bool retry_step_ = false;  // The step's end is not the exchange's: another address follows.
  Interruption interruption_ = Interruption::kNone;
  // Answers of webhooks are short; ten thousand of these at a time must stay small.
  std::array<char, 2048> read_buffer_{};
};

}  // namespace returnflows
