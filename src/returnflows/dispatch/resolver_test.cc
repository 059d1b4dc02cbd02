#include "returnflows/dispatch/resolver.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task_group.h"

namespace returnflows {
namespace {

using Addresses = Resolver::Addresses;

// A name source whose answers the test holds back until it says so.
struct HeldSource {
  std::atomic<int> asked{0};
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
};

class ResolverTest : public testing::Test {
 protected:
  void open(Resolver::Source source) {
    resolver_ = std::make_unique<Resolver>(pool_, shard_, std::move(source));
    shard_.every(std::chrono::milliseconds{10}, [this] { resolver_->sweep(monotonic_now()); });
    shard_.start();
  }

  void TearDown() override {
    pool_.join();
    shard_.stop();
  }

  static Task<void> ask(Resolver* resolver,
                        std::string host,
                        Monotonic deadline,
                        std::shared_ptr<std::promise<Result<Addresses>>> answer) {
    answer->set_value(co_await resolver->resolve(std::move(host), deadline));
  }

  std::future<Result<Addresses>> resolve(const std::string& host,
                                         std::chrono::milliseconds patience = std::chrono::seconds{
                                             10}) {
    auto answer = std::make_shared<std::promise<Result<Addresses>>>();
    auto future = answer->get_future();
    shard_.post([this, host, patience, answer] {
      tasks_.spawn(
          shard_.executor(), "ask", ask(resolver_.get(), host, monotonic_now() + patience, answer));
    });
    return future;
  }

  BlockingPool pool_{2};
  Shard shard_{0};
  std::unique_ptr<Resolver> resolver_;
  TaskGroup tasks_;
};

TEST_F(ResolverTest, AsksOncePerHostAndRemembers) {
  const auto source = std::make_shared<HeldSource>();
  open([source](const std::string& host) -> Result<Addresses> {
    ++source->asked;
    source->released.wait();
    return Addresses{host == "one.example" ? IpAddress::from_v4(1) : IpAddress::from_v4(2)};
  });
  auto first = resolve("one.example");
  auto second = resolve("one.example");
  auto other = resolve("two.example");
  source->release.set_value();
  EXPECT_EQ((*first.get())[0], IpAddress::from_v4(1));
  EXPECT_EQ((*second.get())[0], IpAddress::from_v4(1));
  EXPECT_EQ((*other.get())[0], IpAddress::from_v4(2));
  EXPECT_TRUE(resolve("one.example").get());
  EXPECT_EQ(source->asked, 2);
}

TEST_F(ResolverTest, RemembersFailuresToo) {
  std::atomic<int> asked{0};
  open([&](const std::string&) -> Result<Addresses> {
    ++asked;
    return fail(ErrorCode::kNotFound, "no such host name");
  });
  EXPECT_EQ(resolve("gone.example").get().error().code, ErrorCode::kNotFound);
  EXPECT_EQ(resolve("gone.example").get().error().code, ErrorCode::kNotFound);
  EXPECT_EQ(asked, 1);
}

TEST_F(ResolverTest, AHostWithoutAnAddressIsNotFound) {
  open([](const std::string&) -> Result<Addresses> { return Addresses{}; });
  EXPECT_EQ(resolve("empty.example").get().error().code, ErrorCode::kNotFound);
}

TEST_F(ResolverTest, KeepsABoundedNumberOfAddresses) {
  open([](const std::string&) -> Result<Addresses> { return Addresses(1000); });
  EXPECT_EQ(resolve("many.example").get()->size(), limits::kAddressesPerHostMax);
}

TEST_F(ResolverTest, GivesUpAtTheDeadlineWhileTheLookUpGoesOn) {
  const auto source = std::make_shared<HeldSource>();
  open([source](const std::string&) -> Result<Addresses> {
    source->released.wait();
    return Addresses{IpAddress::from_v4(1)};
  });
  EXPECT_EQ(resolve("slow.example", std::chrono::milliseconds{30}).get().error().code,
            ErrorCode::kTimeout);
  auto patient = resolve("slow.example");
  source->release.set_value();
  EXPECT_TRUE(patient.get());
}

TEST_F(ResolverTest, EndsAllWaitsWhenItIsAbandoned) {
  const auto source = std::make_shared<HeldSource>();
  open([source](const std::string&) -> Result<Addresses> {
    source->released.wait();
    return Addresses{};
  });
  auto waiting = resolve("slow.example");
  shard_.post([this] { resolver_->abandon(); });
  EXPECT_EQ(waiting.get().error().code, ErrorCode::kCancelled);
  source->release.set_value();
}

TEST(MachineAddresses, KnowsLocalhost) {
  const Result<Addresses> found = machine_addresses("localhost");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->empty());
}

TEST(MachineAddresses, RefusesANameThatCannotExist) {
  EXPECT_FALSE(machine_addresses("no-such-host.invalid"));
}

}  // namespace
}  // namespace returnflows
