// The header that `returnflows verify` reads is anybody's text. It verifies only if it holds the
// one signature that the secret makes over this id, timestamp and body.
//
// Input: timestamp, signature header and body, each ended by a line feed but the last.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/check.h"
#include "returnflows/delivery/signing.h"

namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;
  static const Secret kSecret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  static const Signer kSigner = Signer::make(kSecret).value();
  constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  constexpr std::int64_t kNow = 1614265330;
  constexpr std::int64_t kTolerance = 300;

  std::string_view rest{reinterpret_cast<const char*>(data), size};
  const std::string_view timestamp = take_line(rest);
  const std::string_view signature = take_line(rest);
  const Status verified =
      verify_standard_signature(kSecret,
                                {.id = kId,
                                 .timestamp = timestamp,
                                 .signature = signature,
                                 .body = rest,
                                 .now_seconds = kNow,
                                 .tolerance = std::chrono::seconds{kTolerance}});
  if (!verified) {
    RF_CHECK(verified.error().code == ErrorCode::kUnauthorized);
    RF_CHECK(!verified.error().detail.empty());
    return 0;
  }
  const std::int64_t signed_at = std::stoll(std::string{timestamp});
  RF_CHECK(signed_at >= kNow - kTolerance && signed_at <= kNow + kTolerance);
  std::string expected;
  kSigner.append_standard_signature(expected, kId, signed_at, rest);
  RF_CHECK((" " + std::string{signature} + " ").contains(" " + expected + " "));
  return 0;
}
