#pragma once

#include "returnflows/returns/body_reader.h"
#include "returnflows/returns/return_state.h"

namespace returnflows::returns {

// `actor` of a body: {type, id, name}. Only those that speak over HTTP are taken; without a type it
// is the API. What is wrong is reported to `body`.
Actor read_actor(const ObjectReader& body);

}  // namespace returnflows::returns
