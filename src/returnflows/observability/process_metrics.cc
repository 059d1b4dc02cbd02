#include "returnflows/observability/process_metrics.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <sys/resource.h>
#include <unistd.h>

namespace returnflows {
namespace {

std::string read_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The fields of /proc/self/stat that follow the command name, which may itself hold spaces and
// parentheses. Index 0 is field 3 of proc(5).
std::vector<std::string_view> stat_fields(std::string_view line) {
  std::vector<std::string_view> fields;
  const std::size_t end_of_name = line.rfind(')');
  if (end_of_name == std::string_view::npos) return fields;
  line.remove_prefix(end_of_name + 1);
  while (!line.empty()) {
    const std::size_t start = line.find_first_not_of(" \n");
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const std::size_t length = line.find_first_of(" \n");
    fields.push_back(line.substr(0, length));
    line.remove_prefix(fields.back().size());
  }
  return fields;
}

std::optional<double> number_in(const std::vector<std::string_view>& fields, std::size_t index) {
  if (index >= fields.size()) return std::nullopt;
  const std::string_view text = fields[index];
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return static_cast<double>(value);
}

// Seconds since the epoch at which the machine started, from /proc/stat.
std::optional<double> boot_time() {
  const std::string text = read_text("/proc/stat");
  constexpr std::string_view kName = "\nbtime ";
  const std::size_t at = text.find(kName);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view{text}.substr(at + kName.size());
  return number_in({rest.substr(0, rest.find('\n'))}, 0);
}

std::optional<double> open_files() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  // The iteration itself holds one descriptor.
  return error ? std::nullopt : std::optional{count - 1};
}

std::optional<double> open_files_max() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

struct Figure {
  const char* name;
  const char* help;
  prometheus::MetricType type;
  std::optional<double> value;
};

void append(std::vector<prometheus::MetricFamily>& families, const Figure& figure) {
  if (!figure.value) return;
  prometheus::ClientMetric metric;
  if (figure.type == prometheus::MetricType::Counter) {
    metric.counter.value = *figure.value;
  } else {
    metric.gauge.value = *figure.value;
  }
  families.push_back({.name = figure.name,
                      .help = figure.help,
                      .type = figure.type,
                      .metric = {std::move(metric)}});
}

}  // namespace

void append_process_metrics(std::vector<prometheus::MetricFamily>& families) {
  using prometheus::MetricType;
  const std::string stat = read_text("/proc/self/stat");
  const std::vector<std::string_view> fields = stat_fields(stat);
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  // Numbers of proc(5) less 3: utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24.
  const auto user = number_in(fields, 11);
  const auto system = number_in(fields, 12);
  const auto start_ticks = number_in(fields, 19);
  const auto boot = boot_time();
  auto resident = number_in(fields, 21);
  if (resident) *resident *= page_bytes;
  std::optional<double> cpu_seconds;
  if (user && system) cpu_seconds = (*user + *system) / ticks_per_second;
  std::optional<double> started_at;
  if (boot && start_ticks) started_at = *boot + *start_ticks / ticks_per_second;

  append(families,
         {"process_cpu_seconds_total",
          "Total user and system CPU time spent in seconds.",
          MetricType::Counter,
          cpu_seconds});
  append(families,
         {"process_resident_memory_bytes",
          "Resident memory size in bytes.",
          MetricType::Gauge,
          resident});
  append(families,
         {"process_virtual_memory_bytes",
          "Virtual memory size in bytes.",
          MetricType::Gauge,
          number_in(fields, 20)});
  append(families,
         {"process_threads", "Number of threads.", MetricType::Gauge, number_in(fields, 17)});
  append(families,
         {"process_open_fds", "Number of open file descriptors.", MetricType::Gauge, open_files()});
  append(families,
         {"process_max_fds",
          "Maximum number of open file descriptors.",
          MetricType::Gauge,
          open_files_max()});
  append(families,
         {"process_start_time_seconds",
          "Start time of the process since the Unix epoch in seconds.",
          MetricType::Gauge,
          started_at});
}

}  // namespace returnflows
