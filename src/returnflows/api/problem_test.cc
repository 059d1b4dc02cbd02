#include "returnflows/api/problem.h"

#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace returnflows {
namespace {

TEST(Problem, EveryErrorCodeHasItsStatus) {
  const std::vector<std::pair<ErrorCode, int>> expected{
      {ErrorCode::kInvalidInput, 400},
      {ErrorCode::kUnauthorized, 401},
      {ErrorCode::kForbidden, 403},
      {ErrorCode::kNotFound, 404},
      {ErrorCode::kConflict, 409},
      {ErrorCode::kUnprocessable, 422},
      {ErrorCode::kTooLarge, 413},
      {ErrorCode::kOverloaded, 429},
      {ErrorCode::kTimeout, 504},
      {ErrorCode::kUnavailable, 503},
      {ErrorCode::kCancelled, 503},
      {ErrorCode::kCorruption, 500},
      {ErrorCode::kInternal, 500},
  };
  for (const auto& [code, status] : expected) {
    EXPECT_EQ(problem_of(Error{.code = code, .detail = "x"}).status, status)
        << error_code_name(code);
  }
}

TEST(Problem, DocumentHasTheMembersOfRfc9457AndTheFields) {
  const Response response =
      problem_response(Error{.code = ErrorCode::kInvalidInput,
                             .detail = "Two \"fields\" are wrong.",
                             .fields = {{.pointer = "/url", .detail = "Must be https."}}});
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto document = boost::json::parse(response.body);
  EXPECT_EQ(document.at("type"), "about:blank");
  EXPECT_EQ(document.at("title"), "Bad Request");
  EXPECT_EQ(document.at("status"), 400);
  EXPECT_EQ(document.at("detail"), "Two \"fields\" are wrong.");
  EXPECT_EQ(document.at("code"), "invalid_input");
  EXPECT_EQ(document.at_pointer("/errors/0/pointer"), "/url");
}

TEST(Problem, OurOwnFaultsAreNotTold) {
  const Response response =
      problem_response(Error{.code = ErrorCode::kCorruption, .detail = "page 7 of /var/lib/x"});
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("/var/lib"), std::string::npos);
}

TEST(Problem, HeadersSayHowToGoOn) {
  EXPECT_EQ(problem_of(Error{.code = ErrorCode::kUnauthorized}).header_lines,
            "www-authenticate: Bearer\r\n");
  EXPECT_EQ(problem_of(Error{.code = ErrorCode::kOverloaded}).header_lines, "retry-after: 1\r\n");
  EXPECT_EQ(problem_of(Error{.code = ErrorCode::kUnavailable}).header_lines, "retry-after: 5\r\n");
}

TEST(Problem, ReasonsOfHttpHaveTheirOwnStatus) {
  EXPECT_EQ(problem_of(Error{.code = ErrorCode::kInvalidInput,
                             .reason = std::string{reason::kUnsupportedMediaType}})
                .status,
            415);
  EXPECT_EQ(problem_of(Error{.code = ErrorCode::kConflict,
                             .reason = std::string{reason::kPreconditionFailed}})
                .status,
            412);
}

}  // namespace
}  // namespace returnflows
