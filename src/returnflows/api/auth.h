#pragma once

#include "returnflows/api/call.h"
#include "returnflows/api/router.h"

namespace returnflows {

// Works out who is calling from `Authorization: Bearer rf_…` and, for a platform key, from
// `Returnflows-Merchant` (an id or a slug; without the header the merchant `default`, as long as it
// is the only one). Keys are compared as SHA-256, in constant time.
// Errors: kUnauthorized, kForbidden, kInvalidInput (the header is missing), kNotFound (no such
// merchant).
Result<Caller> authenticate(const Request& request, const Store& store, Access access);

}  // namespace returnflows
