#pragma once

#include <string>
#include <string_view>

namespace returnflows {

// The OpenAPI 3.1 document of the API, as served at /openapi.json: all routes, and the 16 event
// types under `webhooks`. `version` is the server's. Thread: any.
std::string openapi_document(std::string_view version);

}  // namespace returnflows
