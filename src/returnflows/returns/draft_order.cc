#include "returnflows/returns/draft_order.h"

#include <array>
#include <string>
#include <string_view>

#include "returnflows/base/limits.h"

namespace returnflows::returns {
namespace {

constexpr std::array<std::string_view, 13> kOrderFields = {"id",
                                                           "legacy_id",
                                                           "name",
                                                           "platform",
                                                           "shop_domain",
                                                           "created_at",
                                                           "fulfilled_at",
                                                           "currency",
                                                           "total",
                                                           "shipping_paid",
                                                           "payment_gateways",
                                                           "tags",
                                                           "is_full_return"};
constexpr std::array<std::string_view, 8> kCustomerFields = {"id",
                                                             "email",
                                                             "first_name",
                                                             "last_name",
                                                             "phone",
                                                             "locale",
                                                             "shipping_address",
                                                             "billing_address"};
constexpr std::array<std::string_view, 8> kAddressFields = {
    "name", "address1", "address2", "zip", "city", "province", "country_code", "phone"};
constexpr std::array<std::string_view, 4> kMarketFields = {"id", "name", "currency", "locale"};
constexpr std::array<std::string_view, 2> kLinkFields = {"admin", "customer"};

std::optional<std::string> read_name(const ObjectReader& object, std::string_view field) {
  return object.line(field, limits::kReturnNameBytesMax);
}

std::optional<Address> read_address(const ObjectReader& customer, std::string_view field) {
  const auto object = customer.object(field, kAddressFields);
  if (!object) return std::nullopt;
  return Address{.name = read_name(*object, "name"),
                 .address1 = read_name(*object, "address1"),
                 .address2 = read_name(*object, "address2"),
                 .zip = read_name(*object, "zip"),
                 .city = read_name(*object, "city"),
                 .province = read_name(*object, "province"),
                 .country_code = read_name(*object, "country_code"),
                 .phone = read_name(*object, "phone")};
}

std::optional<std::string> read_link(const ObjectReader& links, std::string_view field) {
  auto link = links.line(field, limits::kUrlBytesMax);
  if (link && !link->starts_with("https://") && !link->starts_with("http://"))
    links.report(field, "Must be a URL that starts with https:// or http://.");
  return link;
}

}  // namespace

OrderDraft read_order(const ObjectReader& body) {
  body.require("order", R"({"id": "1001", "currency": "DKK"})");
  const auto object = body.object("order", kOrderFields);
  if (!object) return {};
  object->require("id", R"("1001")");
  object->require("currency", R"("DKK")");
  OrderDraft draft;
  draft.currency = object->is_missing("currency") ? std::nullopt : object->currency("currency");
  OrderFacts& order = draft.facts;
  order.id = read_name(*object, "id");
  order.legacy_id = read_name(*object, "legacy_id");
  order.name = read_name(*object, "name");
  order.platform = read_name(*object, "platform");
  order.shop_domain = read_name(*object, "shop_domain");
  order.created_at = object->time("created_at");
  order.fulfilled_at = object->time("fulfilled_at");
  order.currency = draft.currency.value_or(Currency{});
  order.total = object->money("total", draft.currency);
  order.shipping_paid = object->money("shipping_paid", draft.currency);
  order.payment_gateways =
      object->lines("payment_gateways", limits::kOrderGatewaysMax, limits::kReturnNameBytesMax);
  order.tags = object->lines("tags", limits::kOrderTagsMax, limits::kReturnNameBytesMax);
  order.is_full_return = object->boolean("is_full_return").value_or(false);
  return draft;
}

CustomerFacts read_customer(const ObjectReader& body) {
  body.require("customer", R"({"email": "a@example.com"})");
  const auto object = body.object("customer", kCustomerFields);
  if (!object) return {};
  if (object->is_missing("id") && object->is_missing("email") && object->is_missing("phone"))
    object->report("email", "Nothing says who the customer is; send 'email', 'id' or 'phone'.");
  return {.id = read_name(*object, "id"),
          .email = read_name(*object, "email"),
          .first_name = read_name(*object, "first_name"),
          .last_name = read_name(*object, "last_name"),
          .phone = read_name(*object, "phone"),
          .locale = read_name(*object, "locale"),
          .shipping_address = read_address(*object, "shipping_address"),
          .billing_address = read_address(*object, "billing_address")};
}

MarketFacts read_market(const ObjectReader& body, std::optional<Currency> currency) {
  MarketFacts market;
  market.currency = currency.value_or(Currency{});
  const auto object = body.object("market", kMarketFields);
  if (!object) return market;
  const auto given = object->currency("currency");
  if (given && currency && *given != *currency)
    object->report(
        "currency",
        "A return is in the currency of its order, " + std::string{currency->code()} + ".");
  market.id = read_name(*object, "id");
  market.name = read_name(*object, "name");
  market.locale = read_name(*object, "locale");
  return market;
}

ReturnLinks read_links(const ObjectReader& body) {
  const auto object = body.object("links", kLinkFields);
  if (!object) return {};
  return {.admin = read_link(*object, "admin"), .customer = read_link(*object, "customer")};
}

}  // namespace returnflows::returns
