#include "returnflows/api/auth.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

constexpr Timestamp kNow{std::chrono::milliseconds{1'770'000'000'000}};

// Merchants and keys in plain lists.
class ListedAccess final : public AccessBook {
 public:
  std::shared_ptr<const Merchant> add_merchant(std::int64_t id, std::string slug) {
    Merchant merchant;
    merchant.id = MerchantId{id};
    merchant.slug = std::move(slug);
    merchant.created_at = kNow;
    merchants_.push_back(std::make_shared<const Merchant>(std::move(merchant)));
    return merchants_.back();
  }

  void add_key(std::string_view text, MerchantId merchant) {
    ApiKey key;
    key.id = ApiKeyId{static_cast<std::int64_t>(keys_.size()) + 1};
    key.merchant = merchant;
    key.key_sha256 = sha256({text});
    keys_.push_back(std::make_shared<const ApiKey>(key));
  }

  void revoke_all() { keys_.clear(); }

  std::shared_ptr<const ApiKey> find_key(
      const std::array<std::uint8_t, 32>& key_sha256) const override {
    const auto found =
        std::ranges::find_if(keys_, [&](const auto& key) { return key->key_sha256 == key_sha256; });
    return found == keys_.end() ? nullptr : *found;
  }

  std::vector<std::shared_ptr<const ApiKey>> keys() const override { return keys_; }

  std::shared_ptr<const Merchant> find_merchant(MerchantId id) const override {
    const auto found =
        std::ranges::find_if(merchants_, [&](const auto& merchant) { return merchant->id == id; });
    return found == merchants_.end() ? nullptr : *found;
  }

  std::shared_ptr<const Merchant> find_merchant_by_slug(std::string_view slug) const override {
    const auto found = std::ranges::find_if(
        merchants_, [&](const auto& merchant) { return merchant->slug == slug; });
    return found == merchants_.end() ? nullptr : *found;
  }

  std::vector<std::shared_ptr<const Merchant>> merchants() const override { return merchants_; }

 private:
  std::vector<std::shared_ptr<const Merchant>> merchants_;
  std::vector<std::shared_ptr<const ApiKey>> keys_;
};

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    shop_ = access_.add_merchant(1, "default");
    access_.add_key("rf_shop", shop_->id);
    access_.add_key("rf_platform", MerchantId{});
  }

  Result<Caller> call(std::string_view authorization,
                      Access access = Access::kMerchant,
                      std::string_view merchant = {}) {
    Request request;
    request.headers[static_cast<std::size_t>(RequestHeader::kAuthorization)] = authorization;
    request.headers[static_cast<std::size_t>(RequestHeader::kMerchant)] = merchant;
    return authenticator_.authenticate(request, access, remembered_);
  }

  IdCodec ids_{HashKey{1, 2}};
  ListedAccess access_;
  std::shared_ptr<const Merchant> shop_;
  Authenticator authenticator_{access_, ids_};
  Authenticator::Remembered remembered_;
};

TEST_F(AuthenticatorTest, LetsAMerchantKeyIn) {
  const auto caller = call("Bearer rf_shop");
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->merchant->id, shop_->id);
  EXPECT_FALSE(caller->is_platform());
  EXPECT_TRUE(call("bearer  rf_shop"));
}

TEST_F(AuthenticatorTest, RefusesWhatIsNoKey) {
  for (const std::string_view header :
       {"", "Bearer", "Bearer ", "Basic rf_shop", "rf_shop", "Bearer rf_shop2", "Bearer rf_sho"}) {
    const auto caller = call(header);
    ASSERT_FALSE(caller) << header;
    EXPECT_EQ(caller.error().code, ErrorCode::kUnauthorized) << header;
  }
}

TEST_F(AuthenticatorTest, ForgetsAKeyThatIsRevoked) {
  ASSERT_TRUE(call("Bearer rf_shop"));
  ASSERT_TRUE(call("Bearer rf_shop"));
  access_.revoke_all();
  EXPECT_EQ(call("Bearer rf_shop").error().code, ErrorCode::kUnauthorized);
}

TEST_F(AuthenticatorTest, DoesNotConfuseKeysOnOneConnection) {
  ASSERT_TRUE(call("Bearer rf_platform"));
  EXPECT_FALSE(call("Bearer rf_shop")->is_platform());
  EXPECT_TRUE(call("Bearer rf_platform")->is_platform());
}

TEST_F(AuthenticatorTest, APlatformKeyMeansTheOnlyMerchant) {
  const auto caller = call("Bearer rf_platform");
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->merchant->slug, "default");
}

TEST_F(AuthenticatorTest, APlatformKeyHasToNameOneOfSeveralMerchants) {
  ASSERT_TRUE(call("Bearer rf_platform"));
  const auto other = access_.add_merchant(2, "other");
  authenticator_.forget_merchants();
  const auto caller = call("Bearer rf_platform");
  ASSERT_FALSE(caller);
  EXPECT_EQ(caller.error().reason, "merchant_required");
  EXPECT_NE(caller.error().detail.find("Returnflows-Merchant"), std::string::npos);
  EXPECT_EQ(call("Bearer rf_platform", Access::kMerchant, "other")->merchant->id, other->id);
  const std::string id = ids_.encode(IdPrefix::kMerchant, other->id, other->created_at);
  EXPECT_EQ(call("Bearer rf_platform", Access::kMerchant, id)->merchant->id, other->id);
  EXPECT_EQ(call("Bearer rf_platform", Access::kMerchant, "nobody").error().code,
            ErrorCode::kNotFound);
}

TEST_F(AuthenticatorTest, AMerchantKeyCannotSpeakForAnother) {
  access_.add_merchant(2, "other");
  EXPECT_EQ(call("Bearer rf_shop", Access::kMerchant, "other").error().code, ErrorCode::kForbidden);
  EXPECT_EQ(call("Bearer rf_shop", Access::kMerchant, "nobody").error().code,
            ErrorCode::kForbidden);
  EXPECT_TRUE(call("Bearer rf_shop", Access::kMerchant, "default"));
}

TEST_F(AuthenticatorTest, PlatformRoutesAreForPlatformKeys) {
  EXPECT_EQ(call("Bearer rf_shop", Access::kPlatform).error().code, ErrorCode::kForbidden);
  EXPECT_TRUE(call("Bearer rf_platform", Access::kPlatform));
  EXPECT_TRUE(call("", Access::kPublic));
}

}  // namespace
}  // namespace returnflows
