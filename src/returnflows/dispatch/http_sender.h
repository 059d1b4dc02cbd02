#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "returnflows/dispatch/connection.h"
#include "returnflows/dispatch/request_sender.h"
#include "returnflows/runtime/task_group.h"

namespace returnflows {

// A lane's pool of keep-alive connections. Each connection has a task of its own that serves one
// request after another and rests in between, so that a request on a warm connection spawns
// nothing. The most recently used connection goes first: what a burst opened grows old and closes.
//
// Connections at rest: closed after limits::kIdleConnectionMax; beyond kIdleConnectionsKept after
// kIdleSurplusMax. Thread: shard-affine.
class HttpSender final : public RequestSender {
 public:
  // What all lanes of a shard share; outlives them.
  struct Parts {
    Executor executor;
    Resolver& resolver;
    const EgressPolicy& egress;
    asio::ssl::context& tls;
  };

  HttpSender(const Parts& parts, SendListener& listener);
  ~HttpSender() override;

  void point_at(std::shared_ptr<const EndpointUrl> destination) override;
  void send(OutgoingRequest request) override;
  void abort() override;
  void close_idle() override;
  void sweep(Monotonic now) override;
  bool is_quiet() const override;

  // Open connections, at rest or not.
  std::size_t connection_count() const { return workers_.size(); }

 private:
  struct Worker {
    explicit Worker(const Connection::Surroundings& surroundings) : connection(surroundings) {}

    Connection connection;
    std::shared_ptr<const EndpointUrl> destination;  // Where the connection leads.
    std::optional<OutgoingRequest> request;
    Monotonic idle_since{};
    std::move_only_function<void(bool)> resume;  // Set while the task rests.
  };

  Task<void> serve(Worker* worker);
  Task<bool> rest(Worker* worker);
  void finish(Worker& worker, std::optional<Attempt> attempt);
  bool may_rest(const Worker& worker) const;
  void dismiss(Worker& worker);
  void remove(Worker* worker);

  Connection::Surroundings surroundings_;
  SendListener& listener_;
  TlsSession session_;
  std::shared_ptr<const EndpointUrl> destination_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  // Oldest first.
  Worker* spare_ = nullptr;    // Is about to end for want of a connection, but could go on.
  TaskGroup tasks_;
};

}  // namespace returnflows
