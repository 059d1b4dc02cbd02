#include "returnflows/dispatch/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/endpoints/egress_policy.h"

namespace returnflows {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// Errors come back as values.
constexpr auto kAsTuple = asio::as_tuple(use_task);

microseconds since(Monotonic start) {
  return duration_cast<microseconds>(monotonic_now() - start);
}

asio::ip::tcp::endpoint socket_address(const IpAddress& address, std::uint16_t port) {
  if (address.is_v4()) {
    asio::ip::address_v4::bytes_type bytes{};
    std::memcpy(bytes.data(), address.bytes.data() + 12, bytes.size());
    return {asio::ip::address_v4(bytes), port};
  }
  asio::ip::address_v6::bytes_type bytes{};
  std::memcpy(bytes.data(), address.bytes.data(), bytes.size());
  return {asio::ip::address_v6(bytes), port};
}

std::string text_of(const asio::ip::tcp::endpoint& address) {
  const std::string host = address.address().to_string();
  const std::string port = std::to_string(address.port());
  return address.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

}  // namespace

Connection::Socket* Connection::socket() {
  if (tls_) return &tls_->next_layer();
  return plain_ ? &*plain_ : nullptr;
}

void Connection::close() {
  open_ = false;
  if (Socket* open_socket = socket()) {
    SystemError ignored;
    open_socket->close(ignored);
  }
}

void Connection::interrupt(Interruption why) {
  if (interruption_ != Interruption::kAborted) interruption_ = why;
  close();
}

void Connection::sweep(Monotonic now) {
  if (!busy_ || now < step_deadline_) return;
  if (retry_step_ && now < deadline_) {
    close();  // connect() goes on with the next address.
    return;
  }
  interrupt(Interruption::kTimedOut);
}

void Connection::abort() {
  if (busy_) interrupt(Interruption::kAborted);
}

Task<std::optional<Attempt>> Connection::exchange(std::shared_ptr<const EndpointUrl> destination,
                                                  const std::string* request,
                                                  Monotonic deadline) {
  const Monotonic start = monotonic_now();
  Attempt attempt;
  deadline_ = deadline;
  step_deadline_ = deadline;
  interruption_ = Interruption::kNone;
  busy_ = true;
  const bool reused = open_;
  Progress failure = co_await exchange_once(destination.get(), request, &attempt);
  if (failure && reused && !parser_.got_some() && interruption_ == Interruption::kNone) {
    close();
    attempt = {};
    failure = co_await exchange_once(destination.get(), request, &attempt);
  }
  busy_ = false;
  if (interruption_ == Interruption::kAborted) {
    close();
    co_return std::nullopt;
  }
  if (failure) {
    close();
    if (interruption_ == Interruption::kTimedOut && failure->result != AttemptResult::kTimedOut) {
      failure = Failure{AttemptResult::kTimedOut, "the answer was not whole in time"};
    }
    attempt.result = failure->result;
    attempt.error_detail = std::move(failure->detail);
    if (attempt.result != AttemptResult::kAnswerTooLarge) attempt.status = 0;
  }
  attempt.timings.total = since(start);
  co_return attempt;
}

Task<Connection::Progress> Connection::exchange_once(const EndpointUrl* destination,
                                                     const std::string* request,
                                                     Attempt* attempt) {
  parser_.reset();
  if (!open_) {
    Progress failure = co_await open(destination, attempt);
    if (failure) co_return failure;
  }
  attempt->remote_address = remote_address_;
  if (tls_) co_return co_await talk(&*tls_, request, attempt);
  co_return co_await talk(&*plain_, request, attempt);
}

Task<Connection::Progress> Connection::open(const EndpointUrl* destination, Attempt* attempt) {
  tls_.reset();
  plain_.reset();
  Resolver::Addresses addresses;
  Progress failure = co_await resolve(destination, &addresses, attempt);
  if (failure) co_return failure;
  if (const Status allowed = vet(*destination, addresses); !allowed) {
    co_return Failure{AttemptResult::kBlockedAddress, allowed.error().detail};
  }
  failure = co_await connect(destination, &addresses, attempt);
  if (failure) co_return failure;
  if (destination->scheme == EndpointUrl::Scheme::kHttps) {
    failure = co_await shake_hands(destination, attempt);
    if (failure) co_return failure;
  }
  open_ = true;
  co_return std::nullopt;
}

// One refused address refuses the host: what resolves to an inner address besides an outer one is
// a trick (DNS rebinding), not a set-up. Only localhost means 127.0.0.1 and ::1 on every machine,
// and whoever has opened one of them need not open the other.
Status Connection::vet(const EndpointUrl& destination, Resolver::Addresses& addresses) const {
  Status refusal;
  const auto refused = [&](const IpAddress& address) {
    Status allowed = check_address(surroundings_.egress, address);
    if (allowed) return false;
    refusal = std::move(allowed);
    return true;
  };
  const std::size_t refused_count = std::erase_if(addresses, refused);
  if (refused_count > 0 && (destination.host != "localhost" || addresses.empty())) return refusal;
  return {};
}

Task<Connection::Progress> Connection::resolve(const EndpointUrl* destination,
                                               Resolver::Addresses* addresses,
                                               Attempt* attempt) {
  if (destination->host_is_address) {
    const Result<IpAddress> literal = IpAddress::parse(destination->host);
    if (!literal) co_return Failure{AttemptResult::kBadUrl, literal.error().detail};
    addresses->push_back(*literal);
    co_return std::nullopt;
  }
  const Monotonic start = monotonic_now();
  Result<Resolver::Addresses> found =
      co_await surroundings_.resolver.resolve(destination->host, deadline_);
  attempt->timings.dns = since(start);
  if (interruption_ != Interruption::kNone || monotonic_now() >= deadline_) {
    co_return Failure{AttemptResult::kTimedOut, "looking up the host name took too long"};
  }
  if (!found) co_return Failure{AttemptResult::kDnsFailed, found.error().detail};
  *addresses = std::move(*found);
  co_return std::nullopt;
}

// The first round gives every address but the last a short time, so that a dead one does not cost
// the attempt; a second round gives those that were merely slow what is left.
Task<Connection::Progress> Connection::connect(const EndpointUrl* destination,
                                               const Resolver::Addresses* addresses,
                                               Attempt* attempt) {
  const Monotonic start = monotonic_now();
  const Monotonic connect_deadline = std::min(deadline_, start + limits::kConnectTimeout);
  std::vector<asio::ip::tcp::endpoint> candidates;
  for (const IpAddress& address : *addresses) {
    candidates.push_back(socket_address(address, destination->port));
  }
  SystemError error;
  for (int round = 1; round <= 2 && !candidates.empty(); ++round) {
    std::vector<asio::ip::tcp::endpoint> slow;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const auto left =
          (connect_deadline - monotonic_now()) / static_cast<std::int64_t>(candidates.size() - i);
      const auto patience = round == 1 && candidates.size() > 1
                                ? std::min<Monotonic::duration>(left, limits::kNextAddressDelay)
                                : left;
      retry_step_ = candidates.size() > 1;
      error = co_await connect_to(candidates[i], monotonic_now() + patience);
      retry_step_ = false;
      if (interruption_ != Interruption::kNone || monotonic_now() >= connect_deadline) {
        co_return Failure{AttemptResult::kTimedOut, "connecting took too long"};
      }
      if (!error) {
        step_deadline_ = deadline_;
        attempt->timings.connect = since(start);
        remote_address_ = text_of(candidates[i]);
        attempt->remote_address = remote_address_;
        co_return std::nullopt;
      }
      if (error == asio::error::operation_aborted) slow.push_back(candidates[i]);
    }
    candidates = std::move(slow);
  }
  if (error == asio::error::operation_aborted) {
    co_return Failure{AttemptResult::kTimedOut, "connecting took too long"};
  }
  if (error == asio::error::connection_refused) {
    co_return Failure{AttemptResult::kConnectRefused, "the connection was refused"};
  }
  co_return Failure{AttemptResult::kConnectFailed, "cannot connect: " + error.message()};
}

Task<Connection::SystemError> Connection::connect_to(asio::ip::tcp::endpoint address,
                                                     Monotonic deadline) {
  step_deadline_ = deadline;
  plain_.emplace(surroundings_.executor);
  SystemError error;
  plain_->open(address.protocol(), error);
  if (error) co_return error;
  plain_->set_option(asio::ip::tcp::no_delay(true), error);
  const auto [connected] = co_await plain_->async_connect(address, kAsTuple);
  if (connected) co_return connected;
  // Closed by sweep() after the kernel had connected, before we ran.
  if (!plain_->is_open()) co_return asio::error::operation_aborted;
  plain_->non_blocking(true, error);
  co_return error;
}

Task<Connection::Progress> Connection::shake_hands(const EndpointUrl* destination,
                                                   Attempt* attempt) {
  const Monotonic start = monotonic_now();
  tls_.emplace(std::move(*plain_), surroundings_.tls);
  plain_.reset();
  SSL* native = tls_->native_handle();
  if (const Status ready =
          prepare_handshake(native, destination->host, destination->host_is_address);
      !ready) {
    co_return Failure{AttemptResult::kTlsFailed, ready.error().detail};
  }
  surroundings_.session.offer(native);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAsTuple);
  attempt->timings.tls = since(start);
  if (interruption_ != Interruption::kNone) {
    co_return Failure{AttemptResult::kTimedOut, "the TLS handshake took too long"};
  }
  if (error) {
    co_return Failure{AttemptResult::kTlsFailed, handshake_failure(native, error.message())};
  }
  co_return std::nullopt;
}

template <class Stream>
Task<Connection::Progress> Connection::talk(Stream* stream,
                                            const std::string* request,
                                            Attempt* attempt) {
  std::size_t sent = 0;
  if constexpr (std::is_same_v<Stream, Socket>) {
    // Mostly the kernel takes it all at once: no reactor, no handler.
    SystemError error;
    sent = stream->write_some(asio::buffer(*request), error);
  }
  if (sent < request->size()) {
    // An error here is not the end: a server that refuses early (413) may have answered already.
    co_await asio::async_write(*stream, asio::buffer(*request) + sent, kAsTuple);
  }
  const Monotonic written = monotonic_now();
  for (;;) {
    const auto [error, count] =
        co_await stream->async_read_some(asio::buffer(read_buffer_), kAsTuple);
    if (count > 0 && !attempt->timings.first_byte) attempt->timings.first_byte = since(written);
    AnswerParser::State state = parser_.feed({read_buffer_.data(), count});
    if (interruption_ == Interruption::kTimedOut && state != AnswerParser::State::kDone) {
      keep_answer(*attempt, false);
      co_return Failure{
          AttemptResult::kTimedOut,
          parser_.got_some() ? "the answer was not whole in time" : "no answer came in time"};
    }
    if (state == AnswerParser::State::kNeedMore && !error) continue;
    Progress failure = finish_reading(state, error);
    keep_answer(*attempt, !failure);
    if (failure) co_return failure;
    if (tls_ && attempt->timings.tls) surroundings_.session.remember(tls_->native_handle());
    if (error || !parser_.keep_alive()) close();
    co_return std::nullopt;
  }
}

Connection::Progress Connection::finish_reading(AnswerParser::State state,
                                                const SystemError& error) {
  if (state == AnswerParser::State::kNeedMore) {
    const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
    state = ended ? parser_.finish_at_eof() : AnswerParser::State::kCutShort;
  }
  switch (state) {
    case AnswerParser::State::kDone:
      return std::nullopt;
    case AnswerParser::State::kBad:
      return Failure{AttemptResult::kBadAnswer, std::string(parser_.error())};
    case AnswerParser::State::kTooLarge:
      return Failure{AttemptResult::kAnswerTooLarge, std::string(parser_.error())};
    case AnswerParser::State::kNeedMore:
    case AnswerParser::State::kCutShort:
      break;
  }
  return Failure{AttemptResult::kReset,
                 parser_.got_some() ? "the connection ended in the middle of the answer"
                                    : "the connection ended before an answer came"};
}

void Connection::keep_answer(Attempt& attempt, bool whole) {
  AnswerParser::Answer answer = parser_.take();
  attempt.status = answer.status;
  attempt.answer_headers = std::move(answer.headers);
  attempt.answer_body = std::move(answer.body);
  attempt.answer_body_cut = answer.body_cut;
  if (whole) attempt.retry_after = std::move(answer.retry_after);
}

}  // namespace returnflows
