#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"

namespace returnflows {

// Signs requests with one secret, both ways of design §7. Keyed contexts are kept, so that a
// signature costs the hash of its bytes and nothing else.
//
// Thread: one at a time. Source: Standard Webhooks 1.0.0; docs/receiving/verify.md.
class Signer {
 public:
  // Errors: kInvalidInput when `secret` is not one that parse_secret() takes.
  static Result<Signer> make(const Secret& secret);

  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  ~Signer();

  // Appends "v1,<base64>" over `id.timestamp.body`, the Standard Webhooks signature.
  void append_standard_signature(std::string& out,
                                 std::string_view id,
                                 std::int64_t timestamp,
                                 std::string_view body) const;

  // Appends "sha256=<hex>" over the body, with the secret string as typed as the key.
  void append_body_signature(std::string& out, std::string_view body) const;

 private:
  struct Keys;
  explicit Signer(std::unique_ptr<Keys> keys);
  std::unique_ptr<Keys> keys_;
};

// Checks a secret as a merchant gave it: `whsec_` + strict base64 of 24 to 64 bytes, or 8 to 255
// printable characters (UTF-8; letters beyond ASCII allowed, control characters not).
// Errors: kInvalidInput that says which rule is broken.
Status check_secret(std::string_view secret);

// A new secret: `whsec_` + base64 of 32 random bytes.
class Random;
Secret generate_secret(Random& random);

// The form that Standard Webhooks libraries take: `whsec_…` as it is; any other secret as
// `whsec_` + base64 of its UTF-8 bytes.
Secret library_form(const Secret& secret);

// Verifies a Standard Webhooks signature header (a list of "v1,<base64>"), for `returnflows
// verify`. Returns: success, or kUnauthorized with the sentence that says which step differs (no v1
// entry, timestamp outside `tolerance`, signature by another secret or of other bytes).
struct SignatureQuestion {
  std::string_view id;
  std::string_view timestamp;
  std::string_view signature;
  std::string_view body;
  std::int64_t now_seconds = 0;
  std::chrono::seconds tolerance{300};
};

Status verify_standard_signature(const Secret& secret, const SignatureQuestion& question);

}  // namespace returnflows
