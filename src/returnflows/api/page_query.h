#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/api/http_message.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/store/store.h"

namespace returnflows {

// The parameters of a list, checked: unknown names, repeated names and values of the wrong form are
// errors that name the parameter.
class PageQuery {
 public:
  // `known` are the filters of this list; limit, cursor and order are added where `paged`.
  static Result<PageQuery> parse(const Request& request,
                                 std::initializer_list<std::string_view> known,
                                 bool paged = true);

  // The value of a filter; nullopt when it was not given.
  std::optional<std::string> text(std::string_view name) const;
  // RFC 3339. Errors: kInvalidInput.
  Result<std::optional<Timestamp>> time(std::string_view name) const;

  std::size_t limit() const { return limit_; }

  ListOrder order(ListOrder by_default) const { return order_.value_or(by_default); }

  // The row to go on from.
  std::optional<std::int64_t> from() const { return from_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::size_t limit_ = limits::kPageDefault;
  std::optional<ListOrder> order_;
  std::optional<std::int64_t> from_;
};

// The error of one wrong parameter.
Error wrong_parameter(std::string_view name, std::string_view detail);

// {"data":[…],"next_cursor":…}: `rows` are JSON values, one after the other without commas between.
std::string page_json(const std::vector<std::string>& rows, std::optional<std::int64_t> next);

}  // namespace returnflows
