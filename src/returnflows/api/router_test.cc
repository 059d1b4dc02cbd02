#include "returnflows/api/router.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

Router things() {
  return Router({{.method = Method::kGet, .pattern = "/v1/things", .handler = {}},
                 {.method = Method::kPost, .pattern = "/v1/things", .handler = {}},
                 {.method = Method::kGet, .pattern = "/v1/things/stream", .handler = {}},
                 {.method = Method::kGet, .pattern = "/v1/things/{id}", .handler = {}},
                 {.method = Method::kPost, .pattern = "/v1/things/{id}/pause", .handler = {}}});
}

TEST(Router, FindsARouteByMethodAndPath) {
  const Router router = things();
  const auto match = router.find(Method::kPost, "/v1/things");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->method, Method::kPost);
}

TEST(Router, GivesTheDecodedParameter) {
  const Router router = things();
  const auto match = router.find(Method::kPost, "/v1/things/a%2Db/pause");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->pattern, "/v1/things/{id}/pause");
  EXPECT_EQ(match.parameter, "a-b");
}

TEST(Router, PrefersAFixedPathToAPattern) {
  const Router router = things();
  EXPECT_EQ(router.find(Method::kGet, "/v1/things/stream").route->pattern, "/v1/things/stream");
}

TEST(Router, FindsGetForHead) {
  const Router router = things();
  ASSERT_NE(router.find(Method::kHead, "/v1/things").route, nullptr);
}

TEST(Router, NamesTheAllowedMethods) {
  const Router router = things();
  const auto match = router.find(Method::kDelete, "/v1/things");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed, "GET, HEAD, POST");
}

TEST(Router, KnowsNothingOfOtherPaths) {
  const Router router = things();
  for (const std::string_view path : {"/",
                                      "/v1/thing",
                                      "/v1/things/",
                                      "/v1/things/a/b",
                                      "/v1/things//pause",
                                      "/v1/things/%zz",
                                      ""}) {
    const auto match = router.find(Method::kGet, path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_TRUE(match.allowed.empty()) << path;
  }
}

TEST(Router, ListsItsRoutesInOrder) {
  const auto listed = things().list();
  ASSERT_EQ(listed.size(), 5U);
  EXPECT_EQ(listed.front(), (std::pair<std::string, std::string>{"GET", "/v1/things"}));
}

}  // namespace
}  // namespace returnflows
