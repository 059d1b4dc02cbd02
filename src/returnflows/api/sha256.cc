#include "returnflows/api/sha256.h"

#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "returnflows/base/check.h"

namespace returnflows {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once: looking an algorithm up costs more than hashing an event.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  RF_CHECK(fetched != nullptr);
  return fetched;
}

}  // namespace

Sha256 sha256(std::initializer_list<std::string_view> parts) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
  RF_CHECK(context != nullptr);
  RF_CHECK(EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1);
  for (const std::string_view part : parts) {
    RF_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  Sha256 digest{};
  RF_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace returnflows
