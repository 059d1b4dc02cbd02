#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/mailbox.h"
#include "returnflows/base/result.h"
#include "returnflows/endpoints/ip_address.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// Turns host names into addresses without blocking its shard: look-ups run on the blocking pool,
// at most one per host at a time, and are remembered for limits::kResolvedKept (failures for
// kUnresolvedKept). An address from here is not vetted: whoever connects checks it, every time.
//
// Thread: shard-affine.
class Resolver {
 public:
  using Addresses = std::vector<IpAddress>;
  // Blocks; called on the pool. The machine's resolver in production.
  using Source = std::function<Result<Addresses>(const std::string& host)>;

  Resolver(BlockingPool& pool, Mailbox& shard, Source source);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The addresses of `host` in the order in which to try them, at most
  // limits::kAddressesPerHostMax, never none.
  // Errors: kNotFound (no such name, no address), kTimeout (`deadline` or limits::kResolveTimeout
  // has passed: the look-up goes on for those who ask later), kUnavailable (the resolver failed).
  Task<Result<Addresses>> resolve(std::string host, Monotonic deadline);

  // Ends waits whose deadline has passed, forgets what is old. Called by the shard's ticker.
  void sweep(Monotonic now);

  // Ends all waits with kCancelled.
  void abandon();

 private:
  using Done = std::move_only_function<void(Result<Addresses>)>;

  struct Waiter {
    Monotonic deadline;
    Done done;
  };

  struct Host {
    bool under_way = false;
    std::vector<Waiter> waiters;
    Result<Addresses> answer = fail(ErrorCode::kNotFound, "not asked yet");
    Monotonic valid_until{};
  };

  void look_up(const std::string& host);
  void answered(const std::string& host, Result<Addresses> answer);
  void make_room();

  BlockingPool& pool_;
  Mailbox& shard_;
  Source source_;
  std::unordered_map<std::string, Host> hosts_;
};

// getaddrinfo(3): /etc/hosts and DNS as the machine is set up, ordered by RFC 6724.
Result<Resolver::Addresses> machine_addresses(const std::string& host);

}  // namespace returnflows
