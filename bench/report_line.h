#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace returnflows::bench {

// A JSON object on one line: what the benchmark's programs tell bench/run.py. Names are literals
// without quotes. Thread: one at a time.
class ReportLine {
 public:
  template <std::integral Number>
  ReportLine& add(std::string_view name, Number value) {
    return add_json(name, std::to_string(value));
  }

  ReportLine& add(std::string_view name, double value);

  // `json` is any JSON value.
  ReportLine& add_json(std::string_view name, std::string_view json);

  // The object, with its braces.
  std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

}  // namespace returnflows::bench
