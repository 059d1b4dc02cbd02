#include "returnflows/carriers/signature.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "returnflows/base/check.h"
#include "returnflows/base/encoding.h"

namespace returnflows::carriers {
namespace {

// None of the calls into OpenSSL below depends on the input but for memory that is gone, so they
// are checked and not reported.

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Looking the algorithm up costs as much as the signature, so it is done once per process.
EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const kAlgorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  RF_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

std::unexpected<Error> unauthorized(std::string detail, std::string reason) {
  return std::unexpected<Error>(Error{
      .code = ErrorCode::kUnauthorized, .detail = std::move(detail), .reason = std::move(reason)});
}

}  // namespace

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MAC_CTX, FreeMac> context{EVP_MAC_CTX_new(hmac_algorithm())};
  RF_CHECK(context != nullptr);
  std::string name = "SHA256";  // OpenSSL takes it as mutable.
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), name.size()),
      OSSL_PARAM_construct_end()};
  const auto key_bytes = as_bytes(key);
  RF_CHECK(EVP_MAC_init(context.get(), key_bytes.data(), key_bytes.size(), parameters.data()) == 1);
  for (const std::string_view part : parts) {
    const auto bytes = as_bytes(part);
    RF_CHECK(EVP_MAC_update(context.get(), bytes.data(), bytes.size()) == 1);
  }
  Digest digest{};
  std::size_t size = 0;
  RF_CHECK(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1);
  RF_CHECK(size == digest.size());
  return digest;
}

Digest sha256(std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
  RF_CHECK(context != nullptr);
  RF_CHECK(EVP_DigestInit_ex2(context.get(), EVP_sha256(), nullptr) == 1);
  for (const std::string_view part : parts) {
    RF_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  Digest digest{};
  RF_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_hex_of(std::string_view text, const Digest& digest) {
  const std::optional<std::string> bytes = decode_hex(text);
  return bytes && equal_in_constant_time(
                      *bytes, {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Status signature_missing(std::string_view header) {
  return unauthorized("The request is not signed: it has no " + std::string{header} + ".",
                      "signature_missing");
}

Status signature_invalid(std::string_view hint) {
  return unauthorized("The signature does not match. " + std::string{hint}, "signature_invalid");
}

}  // namespace returnflows::carriers
