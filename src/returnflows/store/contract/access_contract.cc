#include "returnflows/store/contract/store_contract.h"

// Merchants and API keys.
namespace returnflows::contract {
namespace {

using testing::IsEmpty;

CreateApiKey new_key(Store& store, MerchantId merchant, std::uint8_t digest) {
  CreateApiKey transition;
  transition.key.id = ApiKeyId{store.reserve_id()};
  transition.key.merchant = merchant;
  transition.key.description = "the warehouse";
  transition.key.key_sha256.fill(digest);
  transition.key.hint = "rf_3Kd9";
  return transition;
}

std::array<std::uint8_t, 32> digest_of(std::uint8_t byte) {
  std::array<std::uint8_t, 32> digest{};
  digest.fill(byte);
  return digest;
}

TEST_P(StoreContract, BeginsWithOneMerchantAndNoKeys) {
  EXPECT_EQ(store().access().merchants().size(), 1U);
  EXPECT_EQ(store().access().find_merchant(merchant())->slug, "default");
  EXPECT_EQ(store().access().find_merchant(merchant())->created_at, now());
  EXPECT_THAT(store().access().keys(), IsEmpty());
}

TEST_P(StoreContract, FindsAMerchantByItsIdAndItsSlugAndAfterReopening) {
  const MerchantId id = add_merchant("shoes");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(store().access().find_merchant(id));
    EXPECT_EQ(store().access().find_merchant(id)->name, "shoes");
    ASSERT_TRUE(store().access().find_merchant_by_slug("shoes"));
    EXPECT_EQ(store().access().find_merchant_by_slug("shoes")->id, id);
    EXPECT_EQ(store().access().find_merchant(id)->created_at, now());
    EXPECT_EQ(store().access().merchants().size(), 2U);
    reopen();
  }
}

TEST_P(StoreContract, FindsNoMerchantThatIsNotThere) {
  EXPECT_EQ(store().access().find_merchant(MerchantId{999}), nullptr);
  EXPECT_EQ(store().access().find_merchant_by_slug("nobody"), nullptr);
}

TEST_P(StoreContract, RefusesASlugThatIsTaken) {
  CreateMerchant transition;
  transition.merchant.id = MerchantId{store().reserve_id()};
  transition.merchant.slug = "default";
  EXPECT_THAT(commit(transition), FailsWith(ErrorCode::kConflict));
}

TEST_P(StoreContract, FindsAKeyByItsDigestAsItWasGivenAndAfterReopening) {
  const CreateApiKey created = new_key(store(), merchant(), 7);
  ASSERT_TRUE(commit(created));
  for (int i = 0; i < 2; ++i) {
    const auto found = store().access().find_key(digest_of(7));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, created.key.id);
    EXPECT_EQ(found->merchant, merchant());
    EXPECT_EQ(found->description, "the warehouse");
    EXPECT_EQ(found->hint, "rf_3Kd9");
    EXPECT_EQ(found->key_sha256, created.key.key_sha256);
    EXPECT_FALSE(found->revoked);
    reopen();
  }
}

TEST_P(StoreContract, ComparesTheWholeDigestOfAKey) {
  ASSERT_TRUE(commit(new_key(store(), merchant(), 7)));
  auto digest = digest_of(7);
  digest.back() ^= 1U;
  EXPECT_EQ(store().access().find_key(digest), nullptr);
}

TEST_P(StoreContract, KeepsAPlatformKeyThatBelongsToNoMerchant) {
  ASSERT_TRUE(commit(new_key(store(), MerchantId{}, 7)));
  reopen();
  ASSERT_TRUE(store().access().find_key(digest_of(7)));
  EXPECT_FALSE(store().access().find_key(digest_of(7))->merchant.is_set());
}

TEST_P(StoreContract, RefusesAKeyOfAMerchantThatItDoesNotKnow) {
  EXPECT_THAT(commit(new_key(store(), MerchantId{999}, 7)), FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, FindsARevokedKeyNoMoreButListsIt) {
  const CreateApiKey created = new_key(store(), merchant(), 7);
  ASSERT_TRUE(commit(created));
  ASSERT_TRUE(commit(RevokeApiKey{.key = created.key.id, .merchant = merchant()}));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store().access().find_key(digest_of(7)), nullptr);
    ASSERT_EQ(store().access().keys().size(), 1U);
    EXPECT_TRUE(store().access().keys()[0]->revoked);
    reopen();
  }
}

TEST_P(StoreContract, RevokesAKeyOfAnyMerchantForThePlatform) {
  const CreateApiKey created = new_key(store(), merchant(), 7);
  ASSERT_TRUE(commit(created));
  EXPECT_TRUE(commit(RevokeApiKey{.key = created.key.id, .merchant = {}}));
}

TEST_P(StoreContract, RefusesToRevokeAKeyOfAnotherMerchantOrOneThatIsNotThere) {
  const CreateApiKey created = new_key(store(), merchant(), 7);
  ASSERT_TRUE(commit(created));
  EXPECT_THAT(commit(RevokeApiKey{.key = created.key.id, .merchant = add_merchant("other")}),
              FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(commit(RevokeApiKey{.key = ApiKeyId{999}, .merchant = {}}),
              FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, NeverRevokesTheLastPlatformKey) {
  const CreateApiKey first = new_key(store(), MerchantId{}, 7);
  const CreateApiKey second = new_key(store(), MerchantId{}, 8);
  ASSERT_TRUE(commit(first));
  ASSERT_TRUE(commit(new_key(store(), merchant(), 9)));
  EXPECT_THAT(commit(RevokeApiKey{.key = first.key.id, .merchant = {}}),
              FailsWith(ErrorCode::kConflict));
  ASSERT_TRUE(commit(second));
  EXPECT_TRUE(commit(RevokeApiKey{.key = first.key.id, .merchant = {}}));
  EXPECT_TRUE(commit(RevokeApiKey{.key = first.key.id, .merchant = {}})) << "again changes nothing";
  reopen();
  EXPECT_THAT(commit(RevokeApiKey{.key = second.key.id, .merchant = {}}),
              FailsWith(ErrorCode::kConflict));
}

}  // namespace
}  // namespace returnflows::contract
