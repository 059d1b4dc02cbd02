#include "returnflows/store/sqlite/recent_bodies.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace returnflows::sqlite {
namespace {

std::shared_ptr<const EventBody> body_of(std::int64_t event, std::size_t bytes) {
  auto body = std::make_shared<EventBody>();
  body->id = EventId{event};
  body->body = std::string(bytes, 'x');
  return body;
}

TEST(RecentBodies, FindsABodyByItsEvent) {
  RecentBodies recent(100);
  const auto body = body_of(7, 10);
  recent.add(body);
  EXPECT_EQ(recent.find(EventId{7}), body);
}

TEST(RecentBodies, FindsNothingForEventsThatLeftAGap) {
  RecentBodies recent(100);
  recent.add(body_of(7, 10));
  recent.add(body_of(9, 10));
  EXPECT_EQ(recent.find(EventId{6}), nullptr);
  EXPECT_EQ(recent.find(EventId{8}), nullptr);
  EXPECT_EQ(recent.find(EventId{10}), nullptr);
}

TEST(RecentBodies, DropsTheOldestWhenTheyAreTooManyBytes) {
  RecentBodies recent(100);
  recent.add(body_of(1, 40));
  recent.add(body_of(2, 40));
  recent.add(body_of(3, 40));
  EXPECT_EQ(recent.find(EventId{1}), nullptr);
  EXPECT_NE(recent.find(EventId{2}), nullptr);
  EXPECT_NE(recent.find(EventId{3}), nullptr);
}

TEST(RecentBodies, KeepsNoBodyThatIsLargerThanAllTogetherMayBe) {
  RecentBodies recent(100);
  recent.add(body_of(1, 101));
  EXPECT_EQ(recent.find(EventId{1}), nullptr);
  recent.add(body_of(2, 100));
  EXPECT_NE(recent.find(EventId{2}), nullptr);
}

}  // namespace
}  // namespace returnflows::sqlite
