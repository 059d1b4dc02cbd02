#include "bench/report_line.h"

#include <array>
#include <cstdio>

namespace returnflows::bench {

ReportLine& ReportLine::add(std::string_view name, double value) {
  std::array<char, 32> digits{};
  const int length = std::snprintf(digits.data(), digits.size(), "%.9g", value);
  return add_json(name, {digits.data(), static_cast<std::size_t>(length)});
}

ReportLine& ReportLine::add_json(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_.append("\"").append(name).append("\":").append(json);
  return *this;
}

}  // namespace returnflows::bench
