#pragma once

#include <string>

#include "returnflows/delivery/attempt.h"
#include "returnflows/endpoints/endpoint.h"

namespace returnflows {

// What happened, in one or two plain sentences, with the fix where there is one. What the receiver
// sent comes in as visible ASCII, cut short; it is still untrusted text.
// Thread: any.
std::string attempt_sentence(const Attempt& attempt, SuccessRule success);

}  // namespace returnflows
