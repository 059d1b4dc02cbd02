#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returnflows {

// The OpenAPI 3.1 document of the API as compact JSON: all routes, and under `webhooks` what
// endpoints receive, one entry for each of the 16 event types, with the schema and the sample of
// the catalogue. Definitions that the published schemas share stand once, in components.
//
// Input:   the version of the server, as in `info.version`.
// Thread:  any. Built by the first call; later ones copy it.
// Source:  the files of openapi/; https://spec.openapis.org/oas/v3.1.0.
std::string openapi_document(std::string_view version);

// Every route of the document as method and path, {"GET", "/v1/events/{id}"}, sorted. The router
// has the same. Thread: any.
std::vector<std::pair<std::string, std::string>> documented_routes();

}  // namespace returnflows
