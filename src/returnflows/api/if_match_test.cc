#include "returnflows/api/if_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returnflows {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(IfMatch, NamesNoVersionWhenAnyWillDo) {
  EXPECT_THAT(versions_of_if_match(""), IsEmpty());
  EXPECT_THAT(versions_of_if_match(" * "), IsEmpty());
}

TEST(IfMatch, NamesTheVersionOfATag) {
  EXPECT_THAT(versions_of_if_match(version_tag(3)), ElementsAre(3));
}

TEST(IfMatch, NamesEachVersionOfAList) {
  EXPECT_THAT(versions_of_if_match(R"("v1", "v22")"), ElementsAre(1, 22));
}

TEST(IfMatch, TakesATagOfSomebodyElseForNoVersionAtAll) {
  EXPECT_THAT(versions_of_if_match(R"("abc",W/"v1",v2,"v","v9x","v99999999999999999999")"),
              AllOf(SizeIs(6), Each(kNoVersion)));
}

}  // namespace
}  // namespace returnflows
