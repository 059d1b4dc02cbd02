#include "returnflows/store/sqlite/recent_bodies.h"

#include <algorithm>
#include <utility>

namespace returnflows::sqlite {

void RecentBodies::add(std::shared_ptr<const EventBody> body) {
  bytes_ += body->body.size();
  bodies_.push_back(std::move(body));
  while (bytes_ > bytes_max_) {
    bytes_ -= bodies_.front()->body.size();
    bodies_.pop_front();
  }
}

std::shared_ptr<const EventBody> RecentBodies::find(EventId event) const {
  const auto at =
      std::ranges::lower_bound(bodies_, event, {}, [](const auto& body) { return body->id; });
  if (at == bodies_.end() || (*at)->id != event) return nullptr;
  return *at;
}

}  // namespace returnflows::sqlite
