#include "returnflows/dispatch/resolver.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include <boost/asio/post.hpp>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "returnflows/base/limits.h"

namespace returnflows {

Resolver::Resolver(BlockingPool& pool, Mailbox& shard, Source source)
    : pool_(pool), shard_(shard), source_(std::move(source)) {}

Task<Result<Resolver::Addresses>> Resolver::resolve(std::string host, Monotonic deadline) {
  const Monotonic now = monotonic_now();
  Host& entry = hosts_[host];
  if (!entry.under_way && entry.valid_until > now) co_return entry.answer;
  auto wait = [this, &host, deadline, now](Done done) {
    hosts_[host].waiters.push_back(
        {.deadline = std::min(deadline, now + limits::kResolveTimeout), .done = std::move(done)});
    look_up(host);
  };
  co_return co_await answer_of<Result<Addresses>>(std::move(wait));
}

void Resolver::look_up(const std::string& host) {
  Host& entry = hosts_[host];
  if (entry.under_way) return;
  make_room();
  entry.under_way = true;
  asio::post(pool_, [this, &shard = shard_, source = source_, host] {
    std::vector<Mailbox::Letter> letters;
    letters.push_back(
        [this, host, answer = source(host)]() mutable { answered(host, std::move(answer)); });
    shard.deliver(std::move(letters));
  });
}

void Resolver::answered(const std::string& host, Result<Addresses> answer) {
  Host& entry = hosts_[host];
  if (answer && answer->empty()) {
    answer = fail(ErrorCode::kNotFound, "the host name has no address");
  }
  if (answer && answer->size() > limits::kAddressesPerHostMax) {
    answer->resize(limits::kAddressesPerHostMax);
  }
  const auto kept = answer ? limits::kResolvedKept : limits::kUnresolvedKept;
  entry.under_way = false;
  entry.valid_until = monotonic_now() + kept;
  entry.answer = std::move(answer);
  // A waiter that goes on may ask for another host, and its entry may push this one out.
  std::vector<Waiter> waiters = std::exchange(entry.waiters, {});
  const Result<Addresses> told = entry.answer;
  for (Waiter& waiter : waiters) {
    waiter.done(told);
  }
}

void Resolver::sweep(Monotonic now) {
  std::vector<Done> late;
  for (auto host = hosts_.begin(); host != hosts_.end();) {
    auto& waiters = host->second.waiters;
    for (auto waiter = waiters.begin(); waiter != waiters.end();) {
      if (waiter->deadline <= now) {
        late.push_back(std::move(waiter->done));
        waiter = waiters.erase(waiter);
      } else {
        ++waiter;
      }
    }
    const bool forget = !host->second.under_way && host->second.valid_until <= now;
    host = forget ? hosts_.erase(host) : std::next(host);
  }
  for (Done& done : late) {
    done(fail(ErrorCode::kTimeout, "looking up the host name took too long"));
  }
}

void Resolver::abandon() {
  std::vector<Done> all;
  for (auto& [host, entry] : hosts_) {
    for (Waiter& waiter : entry.waiters) {
      all.push_back(std::move(waiter.done));
    }
    entry.waiters.clear();
  }
  for (Done& done : all) {
    done(fail(ErrorCode::kCancelled, "the server is stopping"));
  }
}

// The table is bounded: a merchant with ten thousand host names must not make it grow for ever.
void Resolver::make_room() {
  if (hosts_.size() <= limits::kResolvedHostsMax) return;
  std::erase_if(hosts_, [](const auto& entry) {
    return !entry.second.under_way && entry.second.waiters.empty();
  });
}

Result<Resolver::Addresses> machine_addresses(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == EAI_NONAME || error == EAI_NODATA) {
    return fail(ErrorCode::kNotFound, "no such host name");
  }
  if (error != 0) return fail(ErrorCode::kUnavailable, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Resolver::Addresses addresses;
  for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
    if (item->ai_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, item->ai_addr, sizeof v4);
      addresses.push_back(IpAddress::from_v4(ntohl(v4.sin_addr.s_addr)));
    } else if (item->ai_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, item->ai_addr, sizeof v6);
      IpAddress address;
      std::memcpy(address.bytes.data(), &v6.sin6_addr, address.bytes.size());
      addresses.push_back(address);
    }
  }
  return addresses;
}

}  // namespace returnflows
