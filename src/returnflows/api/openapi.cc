#include "returnflows/api/openapi.h"

namespace returnflows {
std::string openapi_document(std::string_view) {
  return "{}";
}
}  // namespace returnflows
