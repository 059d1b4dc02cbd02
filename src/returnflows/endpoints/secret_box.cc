#include "returnflows/endpoints/secret_box.h"

#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <openssl/evp.h>

#include "returnflows/base/check.h"

namespace returnflows {
namespace {

// What SealedSecret::bytes holds: a version byte, the nonce, the ciphertext, the tag.
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kNonceBytes =
    12;  // The size that GCM uses without hashing (SP 800-38D §8.2).
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeadBytes = 1 + kNonceBytes;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::uint8_t* bytes_of(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}

int length_of(std::string_view text) {
  RF_CHECK(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(text.size());
}

std::string binding_of(EndpointId endpoint) {
  return "endpoint:" + std::to_string(endpoint.value);
}

auto unreadable() {
  return fail(ErrorCode::kCorruption,
              "A stored secret cannot be opened: its bytes were changed, or this server's secret "
              "key is not the one it was sealed with. Start with the key that belongs to this "
              "data directory, or rotate the secret.");
}

}  // namespace

SealedSecret SecretBox::seal(const Secret& secret, std::string_view bound_to) const {
  const std::string_view plain = secret.reveal();
  std::string out(kHeadBytes + plain.size() + kTagBytes, '\0');
  std::uint8_t* const bytes = bytes_of(out);
  bytes[0] = kVersion;
  random_.fill(std::as_writable_bytes(std::span{bytes + 1, kNonceBytes}));

  // None of these calls depends on the input; they fail when memory is gone.
  const CipherContext context{EVP_CIPHER_CTX_new()};
  int written = 0;
  RF_CHECK(context != nullptr);
  RF_CHECK(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key_.data(), bytes + 1, nullptr) ==
           1);
  // The version is authenticated too, so that a later format cannot be passed off as this one.
  RF_CHECK(EVP_EncryptUpdate(context.get(), nullptr, &written, bytes, 1) == 1);
  RF_CHECK(EVP_EncryptUpdate(
               context.get(), nullptr, &written, bytes_of(bound_to), length_of(bound_to)) == 1);
  RF_CHECK(EVP_EncryptUpdate(
               context.get(), bytes + kHeadBytes, &written, bytes_of(plain), length_of(plain)) ==
           1);
  std::uint8_t* const tag = bytes + kHeadBytes + plain.size();
  RF_CHECK(EVP_EncryptFinal_ex(context.get(), tag, &written) == 1);
  RF_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1);
  return SealedSecret{std::move(out)};
}

SealedSecret SecretBox::seal(const Secret& secret, EndpointId endpoint) const {
  return seal(secret, binding_of(endpoint));
}

Result<Secret> SecretBox::open(const SealedSecret& sealed, std::string_view bound_to) const {
  const std::string_view text = sealed.bytes;
  if (text.size() < kHeadBytes + kTagBytes) return unreadable();
  const std::uint8_t* const bytes = bytes_of(text);
  if (bytes[0] != kVersion) return unreadable();
  const std::string_view cipher = text.substr(kHeadBytes, text.size() - kHeadBytes - kTagBytes);
  std::string tag{text.substr(text.size() - kTagBytes)};  // OpenSSL takes it as mutable.

  const CipherContext context{EVP_CIPHER_CTX_new()};
  int written = 0;
  RF_CHECK(context != nullptr);
  RF_CHECK(EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key_.data(), bytes + 1, nullptr) ==
           1);
  RF_CHECK(EVP_DecryptUpdate(context.get(), nullptr, &written, bytes, 1) == 1);
  RF_CHECK(EVP_DecryptUpdate(
               context.get(), nullptr, &written, bytes_of(bound_to), length_of(bound_to)) == 1);
  std::string plain(cipher.size(), '\0');
  RF_CHECK(EVP_DecryptUpdate(
               context.get(), bytes_of(plain), &written, bytes_of(cipher), length_of(cipher)) == 1);
  // From here on the bytes are wiped, also when the tag says that they are not to be believed.
  Secret secret{std::move(plain)};
  RF_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  std::uint8_t nothing = 0;
  if (EVP_DecryptFinal_ex(context.get(), &nothing, &written) != 1) return unreadable();
  return secret;
}

Result<Secret> SecretBox::open(const SealedSecret& sealed, EndpointId endpoint) const {
  return open(sealed, binding_of(endpoint));
}

}  // namespace returnflows
