#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace returnflows {

// Text that must not reach a log, a list or an error message: it has no stream operator and no
// conversion, and its bytes are wiped when it dies.
class Secret {
 public:
  Secret() = default;

  explicit Secret(std::string text) : text_(std::move(text)) {}

  Secret(const Secret&) = default;

  Secret(Secret&& other) noexcept : text_(std::exchange(other.text_, {})) {}

  Secret& operator=(const Secret&) = default;

  Secret& operator=(Secret&& other) noexcept {
    wipe();
    text_ = std::exchange(other.text_, {});
    return *this;
  }

  ~Secret() { wipe(); }

  // The text itself. Whoever calls this answers for where it goes.
  std::string_view reveal() const { return text_; }

  bool empty() const { return text_.empty(); }

 private:
  void wipe();

  std::string text_;
};

}  // namespace returnflows
