#pragma once

#include <memory>
#include <optional>
#include <string>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/delivery/attempt.h"
#include "returnflows/endpoints/endpoint_url.h"

namespace returnflows {

// One request on its way out: whole, head and body.
struct OutgoingRequest {
  DeliveryId delivery;
  int attempt_number = 1;
  Timestamp started_at{};
  std::string bytes;
  Monotonic deadline{};  // Of the whole attempt.
};

// Whom a RequestSender tells how its requests ended.
class SendListener {
 public:
  SendListener() = default;
  SendListener(const SendListener&) = delete;
  SendListener& operator=(const SendListener&) = delete;
  virtual ~SendListener() = default;

  // The request is over: answered, or failed for good. `buffer` is the request's memory, given
  // back to be used again.
  virtual void request_finished(DeliveryId delivery, Attempt attempt, std::string buffer) = 0;
  // The request was cut off by abort(): nobody knows whether it arrived.
  virtual void request_abandoned(DeliveryId delivery) = 0;
};

// Sends the requests of one lane. The seam between the rules of sending and its sockets: tests of
// lanes use one without any. Thread: shard-affine.
class RequestSender {
 public:
  RequestSender() = default;
  RequestSender(const RequestSender&) = delete;
  RequestSender& operator=(const RequestSender&) = delete;
  virtual ~RequestSender() = default;

  // Where requests go from now on. Connections to another origin carry no further request.
  virtual void point_at(std::shared_ptr<const EndpointUrl> destination) = 0;

  // Sends; exactly one call of the listener follows, possibly before this returns. Never refuses:
  // how many are under way is the lane's business.
  virtual void send(OutgoingRequest request) = 0;

  // Cuts off all requests under way and closes all connections.
  virtual void abort() = 0;

  // Closes connections that carry nothing.
  virtual void close_idle() = 0;

  // Enforces deadlines; called about every 100 ms.
  virtual void sweep(Monotonic now) = 0;

  // True when no task of its own is left: it may be destroyed.
  virtual bool is_quiet() const = 0;
};

}  // namespace returnflows
