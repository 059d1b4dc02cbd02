#include "returnflows/delivery/signing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "returnflows/base/check.h"
#include "returnflows/base/encoding.h"
#include "returnflows/delivery/signing_secret.h"

namespace returnflows {
namespace {

constexpr std::size_t kSha256Bytes = 32;
constexpr std::string_view kVersion = "v1,";

// None of the calls into OpenSSL below depends on the input but for memory that is gone, so they
// are checked and not reported.

// Looking the algorithm up costs as much as the signature, so it is done once per process.
EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const kAlgorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  RF_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

// HMAC-SHA256 with one key, usable again and again: the key's two hash blocks are computed once,
// and each start() copies that state.
class KeyedHmac {
 public:
  using Tag = std::array<std::uint8_t, kSha256Bytes>;

  explicit KeyedHmac(std::string_view key) : context_(EVP_MAC_CTX_new(hmac_algorithm())) {
    RF_CHECK(context_ != nullptr);
    std::string digest = "SHA256";  // OpenSSL takes it as mutable.
    const std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_end()};
    const auto bytes = as_bytes(key);
    RF_CHECK(EVP_MAC_init(context_.get(), bytes.data(), bytes.size(), parameters.data()) == 1);
  }

  // Without a key EVP_MAC_init() goes back to the state right behind the key.
  void start() { RF_CHECK(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1); }

  void add(std::string_view text) {
    const auto bytes = as_bytes(text);
    RF_CHECK(EVP_MAC_update(context_.get(), bytes.data(), bytes.size()) == 1);
  }

  Tag finish() {
    Tag tag{};
    std::size_t size = 0;
    RF_CHECK(EVP_MAC_final(context_.get(), tag.data(), &size, tag.size()) == 1);
    RF_CHECK(size == tag.size());
    return tag;
  }

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };

  std::unique_ptr<EVP_MAC_CTX, Free> context_;
};

auto unauthorized(std::string detail) {
  return fail(ErrorCode::kUnauthorized, std::move(detail));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::int64_t> parse_unix_seconds(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 ||
      text.starts_with('-')) {
    return std::nullopt;
  }
  return value;
}

// The timestamp of `question` as a number, or why it cannot be believed.
Result<std::int64_t> check_timestamp(const SignatureQuestion& question) {
  const auto timestamp = parse_unix_seconds(question.timestamp);
  if (!timestamp) {
    return unauthorized("The webhook-timestamp header is not a number of unix seconds.");
  }
  // Both are in [0, 2^63), so the difference cannot overflow.
  const std::int64_t age = question.now_seconds - *timestamp;
  if (age > question.tolerance.count()) {
    return unauthorized(
        "The request is " + std::to_string(age) + " seconds old, more than the tolerance of " +
        std::to_string(question.tolerance.count()) + "; it was replayed, or this clock is fast.");
  }
  if (-age > question.tolerance.count()) {
    return unauthorized("The request lies " + std::to_string(-age) +
                        " seconds in the future, more than the tolerance of " +
                        std::to_string(question.tolerance.count()) +
                        "; this clock or the sender's is wrong.");
  }
  return *timestamp;
}

}  // namespace

struct Signer::Keys {
  KeyedHmac standard;  // The decoded key.
  KeyedHmac body;      // The secret string as typed.
};

Signer::Signer(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}

Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

Result<Signer> Signer::make(const Secret& secret) {
  RF_TRY(const Secret key, parse_secret(secret.reveal()));
  return Signer{std::make_unique<Keys>(KeyedHmac{key.reveal()}, KeyedHmac{secret.reveal()})};
}

void Signer::append_standard_signature(std::string& out,
                                       std::string_view id,
                                       std::int64_t timestamp,
                                       std::string_view body) const {
  std::array<char, 24> digits{};
  const auto written = std::to_chars(digits.data() + 1, digits.data() + digits.size(), timestamp);
  RF_CHECK(written.ec == std::errc{});
  digits[0] = '.';
  *written.ptr = '.';
  KeyedHmac& hmac = keys_->standard;
  hmac.start();
  hmac.add(id);
  hmac.add({digits.data(), written.ptr + 1});
  hmac.add(body);
  out += kVersion;
  out += encode_base64(hmac.finish());
}

void Signer::append_body_signature(std::string& out, std::string_view body) const {
  KeyedHmac& hmac = keys_->body;
  hmac.start();
  hmac.add(body);
  out += "sha256=";
  out += encode_hex(hmac.finish());
}

Status verify_standard_signature(const Secret& secret, const SignatureQuestion& question) {
  if (question.id.empty()) return unauthorized("The webhook-id header is missing.");
  if (question.timestamp.empty()) return unauthorized("The webhook-timestamp header is missing.");
  if (question.signature.empty()) return unauthorized("The webhook-signature header is missing.");
  RF_TRY(const std::int64_t timestamp, check_timestamp(question));
  RF_TRY(const Signer signer, Signer::make(secret));
  std::string expected;
  signer.append_standard_signature(expected, question.id, timestamp, question.body);

  bool any_v1 = false;
  for (std::string_view rest = question.signature; !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    any_v1 = any_v1 || entry.starts_with(kVersion);
    if (equal_in_constant_time(entry, expected)) return {};
  }
  if (!any_v1) {
    return unauthorized(
        "The webhook-signature header has no entry that begins with v1, and so "
        "nothing that this secret could have signed.");
  }
  return unauthorized(
      "No v1 signature matches: it was made with another secret, or id, timestamp "
      "or body differ from what was signed. Sign the raw bytes of the body, "
      "before any JSON parser touches them.");
}

}  // namespace returnflows
