#pragma once

#include <span>

#include "returnflows/events/embedded_files.h"

namespace returnflows {

// The parts of the OpenAPI document that are written by hand, the files of openapi/: the head, the
// paths by resource, what webhooks have in common, and the components by kind. Valid for the life
// of the process. Thread: any.
std::span<const EmbeddedFile> openapi_files();

}  // namespace returnflows
