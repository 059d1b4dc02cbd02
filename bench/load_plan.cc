#include "bench/load_plan.h"

#include <cstring>
#include <utility>

namespace returnflows::bench {

Result<RequestTemplate> RequestTemplate::make(const LoadOptions& options) {
  if (options.event.find(kBlankMark) == std::string::npos) {
    return fail(ErrorCode::kInvalidInput,
                "the event has no mark; put " + std::string{kBlankMark} + " as its return id");
  }
  std::string body;
  for (std::size_t i = 0; i < options.events_per_request; ++i) {
    body += options.event;
    if (options.events_per_request > 1) body += '\n';
  }
  RequestTemplate made;
  made.bytes_ = "POST " + options.path + " HTTP/1.1\r\nhost: " + options.host +
                "\r\nauthorization: Bearer " + options.api_key + "\r\ncontent-type: " +
                (options.events_per_request > 1 ? "application/x-ndjson" : "application/json") +
                "\r\n";
  if (!options.merchants.empty()) {
    made.merchants_ = &options.merchants;
    made.bytes_ += "returnflows-merchant: ";
    made.merchant_at_ = made.bytes_.size();
    made.bytes_ += options.merchants.front() + "\r\n";
  }
  made.bytes_ += "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t at = made.bytes_.find(kBlankMark); at != std::string::npos;
       at = made.bytes_.find(kBlankMark, at + kBlankMark.size())) {
    made.marks_.push_back(at);
  }
  return made;
}

std::string_view RequestTemplate::fill(std::uint64_t first, Monotonic at) {
  EventMark mark{.number = first, .sent_at = at};
  for (const std::size_t place : marks_) {
    write_mark(bytes_.data() + place, mark);
    ++mark.number;
  }
  if (merchants_ != nullptr) {
    const std::string& merchant = (*merchants_)[first / marks_.size() % merchants_->size()];
    std::memcpy(bytes_.data() + merchant_at_, merchant.data(), merchant.size());
  }
  return bytes_;
}

Timetable::Timetable(const LoadOptions& options, Monotonic start)
    : start_(start),
      end_(start + std::chrono::duration_cast<Monotonic::duration>(options.time)),
      first_number_(options.first_number),
      events_per_request_(options.events_per_request) {
  if (options.events) requests_max_ = *options.events / events_per_request_;
  if (options.rate) {
    interval_.emplace(1e9 / *options.rate * static_cast<double>(events_per_request_));
  }
}

std::optional<Monotonic> Timetable::next_at(Monotonic now) const {
  if (requests_max_ && requests_ >= *requests_max_) return std::nullopt;
  const Monotonic at = interval_ ? start_ + std::chrono::duration_cast<Monotonic::duration>(
                                                *interval_ * static_cast<double>(requests_))
                                 : now;
  if (!requests_max_ && at >= end_) return std::nullopt;
  return at;
}

std::uint64_t Timetable::take() {
  return first_number_ + requests_++ * events_per_request_;
}

}  // namespace returnflows::bench
