#include "returnflows/dispatch/http_sender.h"

#include <algorithm>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/runtime/offload.h"

namespace returnflows {
namespace {

bool same_origin(const EndpointUrl& one, const EndpointUrl& other) {
  return one.scheme == other.scheme && one.host == other.host && one.port == other.port;
}

}  // namespace

HttpSender::HttpSender(const Parts& parts, SendListener& listener)
    : surroundings_{.executor = parts.executor,
                    .resolver = parts.resolver,
                    .egress = parts.egress,
                    .tls = parts.tls,
                    .session = session_},
      listener_(listener) {}

HttpSender::~HttpSender() {
  RF_CHECK(tasks_.empty());
}

void HttpSender::point_at(std::shared_ptr<const EndpointUrl> destination) {
  const bool moved = destination_ && !same_origin(*destination_, *destination);
  destination_ = std::move(destination);
  if (!moved) return;
  session_.forget();
  close_idle();
}

void HttpSender::send(OutgoingRequest request) {
  Worker* worker = nullptr;
  if (!idle_.empty()) {
    worker = idle_.back();
    idle_.pop_back();
  } else if (spare_ != nullptr) {
    worker = std::exchange(spare_, nullptr);
  } else {
    workers_.push_back(std::make_unique<Worker>(surroundings_));
    worker = workers_.back().get();
    worker->request = std::move(request);
    tasks_.spawn(surroundings_.executor, "http connection", serve(worker));
    return;
  }
  worker->request = std::move(request);
  if (worker->resume) std::exchange(worker->resume, nullptr)(true);
}

Task<void> HttpSender::serve(Worker* worker) {
  for (;;) {
    worker->destination = destination_;
    std::optional<Attempt> attempt = co_await worker->connection.exchange(
        worker->destination, &worker->request->bytes, worker->request->deadline);
    finish(*worker, std::move(attempt));
    if (worker->request) continue;
    if (!may_rest(*worker)) break;
    const bool has_work = co_await rest(worker);
    if (!has_work) break;
  }
  remove(worker);
}

// Tells the listener, who may at once send the next request over this very connection.
void HttpSender::finish(Worker& worker, std::optional<Attempt> attempt) {
  OutgoingRequest request = *std::exchange(worker.request, std::nullopt);
  if (worker.connection.is_open() && !same_origin(*worker.destination, *destination_)) {
    worker.connection.close();
  }
  if (worker.connection.is_open()) {
    worker.idle_since = monotonic_now();
    idle_.push_back(&worker);
  } else {
    spare_ = &worker;
  }
  if (attempt) {
    attempt->number = request.attempt_number;
    attempt->started_at = request.started_at;
    listener_.request_finished(request.delivery, std::move(*attempt), std::move(request.bytes));
  } else {
    listener_.request_abandoned(request.delivery);
  }
  if (spare_ == &worker) spare_ = nullptr;
}

bool HttpSender::may_rest(const Worker& worker) const {
  return worker.connection.is_open() && std::ranges::find(idle_, &worker) != idle_.end();
}

Task<bool> HttpSender::rest(Worker* worker) {
  auto wait = [worker](std::move_only_function<void(bool)> resume) {
    worker->resume = std::move(resume);
  };
  co_return co_await answer_of<bool>(std::move(wait));
}

// Ends a worker that is in `idle_` no longer.
void HttpSender::dismiss(Worker& worker) {
  worker.connection.close();
  // Without `resume` it has not gone to rest yet, and will end by itself: see may_rest().
  if (worker.resume) std::exchange(worker.resume, nullptr)(false);
}

void HttpSender::remove(Worker* worker) {
  std::erase_if(workers_, [worker](const auto& entry) { return entry.get() == worker; });
}

void HttpSender::close_idle() {
  for (Worker* worker : std::exchange(idle_, {})) {
    dismiss(*worker);
  }
}

void HttpSender::abort() {
  close_idle();
  for (const auto& worker : workers_) {
    worker->connection.abort();
  }
}

void HttpSender::sweep(Monotonic now) {
  for (const auto& worker : workers_) {
    worker->connection.sweep(now);
  }
  while (!idle_.empty()) {
    Worker& oldest = *idle_.front();
    const auto age = now - oldest.idle_since;
    const bool surplus = idle_.size() > limits::kIdleConnectionsKept;
    if (age < limits::kIdleSurplusMax || (!surplus && age < limits::kIdleConnectionMax)) break;
    idle_.erase(idle_.begin());
    dismiss(oldest);
  }
}

bool HttpSender::is_quiet() const {
  return tasks_.empty();
}

}  // namespace returnflows
