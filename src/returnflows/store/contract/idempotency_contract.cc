#include "returnflows/base/limits.h"
#include "returnflows/store/contract/store_contract.h"

// Repeatable requests: the same Idempotency-Key gets the first answer again.
namespace returnflows::contract {
namespace {

IdempotencyClaim claim(std::uint8_t key, std::uint8_t content = 1, std::string response = {}) {
  IdempotencyClaim made;
  made.key.fill(key);
  made.content.fill(content);
  made.response = std::move(response);
  return made;
}

class Publishing {
 public:
  Publishing(MerchantId merchant, std::vector<AcceptEvents::Item> items) {
    transition_.merchant = merchant;
    transition_.items = std::move(items);
  }

  AcceptEvents with(IdempotencyClaim claim) const {
    AcceptEvents transition = transition_;
    transition.idempotency = std::move(claim);
    return transition;
  }

 private:
  AcceptEvents transition_;
};

CreateMerchant new_merchant(std::int64_t id, std::string slug, IdempotencyClaim claim) {
  CreateMerchant transition;
  transition.merchant = {.id = MerchantId{id}, .name = slug, .slug = slug, .created_at = {}};
  transition.idempotency = std::move(claim);
  return transition;
}

TEST_P(StoreContract, AnswersARepeatedPublicationWithTheFirstEvents) {
  const Publishing publishing(merchant(), {item("RET-1"), item("RET-2")});
  const auto first = commit(publishing.with(claim(1)));
  const auto again = commit(publishing.with(claim(1)));
  ASSERT_TRUE(first && again);
  ASSERT_EQ(again->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again->at(i).id, first->at(i).id);
    EXPECT_EQ(again->at(i).public_id, first->at(i).public_id);
    EXPECT_EQ(again->at(i).return_id, first->at(i).return_id);
    EXPECT_EQ(again->at(i).sequence, first->at(i).sequence);
    EXPECT_TRUE(again->at(i).duplicate);
  }
}

TEST_P(StoreContract, WritesNothingForARepeatedPublication) {
  const EndpointId endpoint = add_endpoint();
  const Publishing publishing(merchant(), {item("RET-1")});
  ASSERT_TRUE(commit(publishing.with(claim(1))));
  ASSERT_TRUE(commit(publishing.with(claim(1))));
  EXPECT_TRUE(report().due.empty());
  EXPECT_EQ(load_ready(endpoint).deliveries.size(), 1U);
}

TEST_P(StoreContract, KeepsTheOrderOfARepeatedAnswerThatNamesOlderEvents) {
  const auto known = accept({item_with_id("a"), item_with_id("b")});
  const Publishing publishing(merchant(), {item("RET-1"), item_with_id("b"), item_with_id("a")});
  const auto first = commit(publishing.with(claim(1)));
  const auto again = commit(publishing.with(claim(1)));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->at(0).id, first->at(0).id);
  EXPECT_EQ(again->at(1).id, known[1].id);
  EXPECT_EQ(again->at(2).id, known[0].id);
}

TEST_P(StoreContract, RefusesAKeyThatWasUsedForAnotherPublication) {
  const Publishing publishing(merchant(), {item("RET-1")});
  ASSERT_TRUE(commit(publishing.with(claim(1, 1))));
  const auto outcome = commit(publishing.with(claim(1, 2)));
  ASSERT_THAT(outcome, FailsWith(ErrorCode::kUnprocessable));
  EXPECT_EQ(outcome.error().reason, "idempotency_mismatch");
}

TEST_P(StoreContract, DoesNotRememberAPublicationThatItRefused) {
  accept({item_with_id("order-17", 1)});
  const Publishing wrong(merchant(), {item_with_id("order-17", 2)});
  ASSERT_FALSE(commit(wrong.with(claim(1, 1))));
  const Publishing right(merchant(), {item("RET-1")});
  const auto outcome = commit(right.with(claim(1, 2)));
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->at(0).duplicate);
}

TEST_P(StoreContract, RemembersPublicationsAfterReopening) {
  const Publishing publishing(merchant(), {item("RET-1")});
  const auto first = commit(publishing.with(claim(1)));
  reopen();
  const auto again = commit(publishing.with(claim(1)));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->at(0).id, first->at(0).id);
}

TEST_P(StoreContract, KnowsAKeyOfTheSameGroup) {
  const Publishing publishing(merchant(), {item("RET-1")});
  begin_group();
  const auto first = apply(publishing.with(claim(1)));
  const auto again = apply(publishing.with(claim(1)));
  commit_group();
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->at(0).id, first->at(0).id);
}

TEST_P(StoreContract, TakesAKeyForANewOneAfterADay) {
  const Publishing publishing(merchant(), {item("RET-1")});
  const auto first = commit(publishing.with(claim(1)));
  advance(limits::kIdempotencyKept + std::chrono::milliseconds{1});
  const auto later = commit(publishing.with(claim(1, 2)));
  ASSERT_TRUE(first && later);
  EXPECT_NE(later->at(0).id, first->at(0).id);
}

TEST_P(StoreContract, RemembersAKeyForAWholeDay) {
  const Publishing publishing(merchant(), {item("RET-1")});
  const auto first = commit(publishing.with(claim(1)));
  advance(limits::kIdempotencyKept);
  const auto later = commit(publishing.with(claim(1)));
  ASSERT_TRUE(first && later);
  EXPECT_EQ(later->at(0).id, first->at(0).id);
}

TEST_P(StoreContract, ReplaysTheResponseOfACreatedMerchant) {
  const auto first = commit(new_merchant(store().reserve_id(), "shoes", claim(1, 1, "made")));
  const auto again = commit(new_merchant(store().reserve_id(), "shoes", claim(1, 1, "other")));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->replayed_response, std::nullopt);
  EXPECT_EQ(again->replayed_response, "made");
}

TEST_P(StoreContract, ReplaysTheResponseOfACreatedEndpointAndMakesNoSecondOne) {
  CreateEndpoint transition;
  transition.endpoint.merchant = merchant();
  transition.endpoint.id = EndpointId{store().reserve_id()};
  transition.idempotency = claim(1, 1, "made");
  ASSERT_TRUE(commit(transition));
  transition.endpoint.id = EndpointId{store().reserve_id()};
  const auto again = commit(transition);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->replayed_response, "made");
  EXPECT_EQ(store().endpoints().all().size(), 1U);
}

TEST_P(StoreContract, ReplaysTheResponseOfACreatedKeyAndMakesNoSecondOne) {
  CreateApiKey transition;
  transition.key.id = ApiKeyId{store().reserve_id()};
  transition.key.key_sha256.fill(1);
  transition.idempotency = claim(1, 1, "made");
  ASSERT_TRUE(commit(transition));
  transition.key.id = ApiKeyId{store().reserve_id()};
  transition.key.key_sha256.fill(2);
  const auto again = commit(transition);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->replayed_response, "made");
  EXPECT_EQ(store().access().keys().size(), 1U);
}

TEST_P(StoreContract, RefusesAKeyThatWasUsedToCreateSomethingElse) {
  ASSERT_TRUE(commit(new_merchant(store().reserve_id(), "shoes", claim(1, 1))));
  EXPECT_THAT(commit(new_merchant(store().reserve_id(), "hats", claim(1, 2))),
              FailsWith(ErrorCode::kUnprocessable));
}

TEST_P(StoreContract, DoesNotRememberACreationThatItRefused) {
  add_merchant("shoes");
  ASSERT_FALSE(commit(new_merchant(store().reserve_id(), "shoes", claim(1, 1))));
  const auto outcome = commit(new_merchant(store().reserve_id(), "hats", claim(1, 2)));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->replayed_response, std::nullopt);
}

TEST_P(StoreContract, ForgetsOnlyIdempotencyKeysThatAreOldEnough) {
  ASSERT_TRUE(commit(new_merchant(store().reserve_id(), "old", claim(1, 1, "old"))));
  advance(std::chrono::hours{1});
  ASSERT_TRUE(commit(new_merchant(store().reserve_id(), "young", claim(2, 1, "young"))));
  const auto outcome = commit(ForgetIdempotencyKeys{.older_than = now()});
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->done);
  EXPECT_EQ(commit(new_merchant(9, "young", claim(2, 1)))->replayed_response, "young");
  EXPECT_THAT(commit(new_merchant(9, "old", claim(1, 1))), FailsWith(ErrorCode::kConflict))
      << "forgotten, so it is tried and meets the merchant";
}

TEST_P(StoreContract, ForgetsIdempotencyKeysABoundedNumberAtATime) {
  const Publishing publishing(merchant(), {item_with_id("order-17")});
  begin_group();
  for (std::size_t i = 0; i < limits::kIdempotencyForgottenMax + 1; ++i) {
    IdempotencyClaim numbered = claim(1);
    numbered.key[0] = static_cast<std::uint8_t>(i & 0xFFU);
    numbered.key[1] = static_cast<std::uint8_t>(i >> 8U);
    ASSERT_TRUE(apply(publishing.with(numbered)));
  }
  commit_group();
  const ForgetIdempotencyKeys forget{.older_than = now() + std::chrono::milliseconds{1}};
  EXPECT_FALSE(commit(forget)->done);
  EXPECT_TRUE(commit(forget)->done);
}

}  // namespace
}  // namespace returnflows::contract
