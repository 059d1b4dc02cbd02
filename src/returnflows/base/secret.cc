#include "returnflows/base/secret.h"

#include <cstring>

namespace returnflows {

void Secret::wipe() {
  if (!text_.empty()) ::explicit_bzero(text_.data(), text_.size());
}

}  // namespace returnflows
