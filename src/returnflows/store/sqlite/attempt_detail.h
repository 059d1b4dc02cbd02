#pragma once

#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/delivery/attempt.h"

namespace returnflows::sqlite {

// What of an attempt has no column of its own, as one value: timings, addresses, the answer, and
// whether the attempt counted as delivered.
// Source: docs/formats/sqlite_schema.md#detail-of-an-attempt.
std::string encode_attempt_detail(const Attempt& attempt, bool delivered);

// Fills in what encode_attempt_detail() took. Errors: kCorruption; `attempt` is undefined then.
struct AttemptDetail {
  Attempt attempt;
  bool delivered = false;
};

Status decode_attempt_detail(std::string_view bytes, AttemptDetail& out);

}  // namespace returnflows::sqlite
