#include "returnflows/returns/draft_items.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/returns/return_totals.h"

namespace returnflows::returns {
namespace {

constexpr std::array<std::string_view, 16> kItemFields = {"id",
                                                          "order_line_id",
                                                          "sku",
                                                          "barcode",
                                                          "product_id",
                                                          "variant_id",
                                                          "title",
                                                          "variant_title",
                                                          "quantity",
                                                          "action",
                                                          "reason",
                                                          "customer_note",
                                                          "images",
                                                          "prices",
                                                          "exchange_to",
                                                          "gift_card"};
constexpr std::array<std::string_view, 2> kReasonFields = {"code", "label"};
constexpr std::array<std::string_view, 5> kPriceFields = {
    "unit_price", "line_discount", "order_discount_allocation", "net_total", "tax"};
constexpr std::array<std::string_view, 3> kTaxFields = {"rate", "amount", "included"};
constexpr std::array<std::string_view, 9> kExchangeFields = {"sku",
                                                             "variant_id",
                                                             "title",
                                                             "variant_title",
                                                             "quantity",
                                                             "list_price",
                                                             "charged_price",
                                                             "price_cover",
                                                             "difference"};
constexpr std::array<std::string_view, 5> kGiftCardFields = {
    "base", "bonus_percent", "bonus", "total", "expires_at"};

constexpr std::array kActions = {ItemAction::kRefund, ItemAction::kExchange, ItemAction::kGiftCard};

constexpr int kTaxRateDecimals = 6;
constexpr int kBonusDecimals = 2;
constexpr std::int64_t kBonusMax = 10'000;  // 100 per cent: beyond it the sums have no bound.

constexpr std::string_view kMoneyExample = R"({"amount": "200.00", "currency": "DKK"})";

std::string quoted(Money money) {
  return "\"" + format_amount(money) + "\"";
}

std::optional<std::string> read_name(const ObjectReader& object, std::string_view field) {
  return object.line(field, limits::kReturnNameBytesMax);
}

// Reads one item. Its parts work out their amounts only as long as nothing was wrong with the item,
// so that one mistake is not reported as many.
class ItemDraft {
 public:
  ItemDraft(const ObjectReader& object, std::optional<Currency> currency, Problems& problems)
      : object_(object),
        currency_(currency),
        problems_(problems),
        problems_before_(problems.count()) {}

  ItemFacts read() {
    read_names();
    item_.quantity = object_.integer("quantity", 1, limits::kItemQuantityMax).value_or(1);
    read_action();
    read_prices();
    item_.exchange_to = read_exchange();
    item_.gift_card = read_gift_card();
    return std::move(item_);
  }

 private:
  bool is_sound() const { return problems_.count() == problems_before_; }

  void read_names();
  void read_action();
  void read_prices();
  void read_net_total(const ObjectReader& prices);
  std::optional<ItemTax> read_tax(const ObjectReader& prices);
  std::optional<Money> times(Money price, std::int64_t quantity) const;
  std::optional<ExchangeTo> read_exchange();
  void read_exchange_prices(const ObjectReader& object, ExchangeTo& to);
  bool add_tax(const ObjectReader& object, Money& charged) const;
  std::optional<Money> charged_price(const ObjectReader& object, const ExchangeTo& to) const;
  std::optional<GiftCardTerms> read_gift_card();

  const ObjectReader& object_;
  std::optional<Currency> currency_;
  Problems& problems_;
  std::size_t problems_before_;
  ItemFacts item_;
  std::optional<std::int64_t> tax_rate_ = {};
};

void ItemDraft::read_names() {
  item_.id = read_name(object_, "id").value_or("");
  item_.order_line_id = read_name(object_, "order_line_id");
  item_.sku = read_name(object_, "sku");
  item_.barcode = read_name(object_, "barcode");
  item_.product_id = read_name(object_, "product_id");
  item_.variant_id = read_name(object_, "variant_id");
  item_.title = read_name(object_, "title");
  item_.variant_title = read_name(object_, "variant_title");
  if (is_sound() && !item_.order_line_id && !item_.sku && !item_.barcode && !item_.variant_id)
    object_.report("sku",
                   "Nothing says which goods these are; send 'sku', 'order_line_id', 'variant_id' "
                   "or 'barcode'.");
  if (const auto reason = object_.object("reason", kReasonFields))
    item_.reason = {.code = read_name(*reason, "code"), .label = read_name(*reason, "label")};
  item_.customer_note = object_.text("customer_note", limits::kReturnNoteBytesMax);
  item_.images = object_.lines("images", limits::kItemImagesMax, limits::kUrlBytesMax);
}

void ItemDraft::read_action() {
  std::array<std::string_view, kActions.size()> names;
  std::ranges::transform(kActions, names.begin(), item_action_name);
  object_.require("action", R"("refund", "exchange" or "gift_card")");
  if (object_.is_missing("action")) return;
  if (const auto action = object_.choice("action", names)) item_.action = kActions[*action];
}

void ItemDraft::read_prices() {
  object_.require("prices", R"({"unit_price": )" + std::string{kMoneyExample} + "}");
  const auto prices = object_.object("prices", kPriceFields);
  if (!prices) return;
  prices->require("unit_price", kMoneyExample);
  const auto unit_price = prices->money("unit_price", currency_);
  if (!unit_price) return;
  // Without the order's currency, reported elsewhere, this one keeps the line's amounts together.
  if (!currency_) currency_ = unit_price->currency;
  const Money zero{.minor = 0, .currency = *currency_};
  item_.prices.unit_price = *unit_price;
  item_.prices.line_discount = prices->money("line_discount", currency_).value_or(zero);
  item_.prices.order_discount_allocation =
      prices->money("order_discount_allocation", currency_).value_or(zero);
  item_.prices.net_total = zero;
  if (is_sound()) read_net_total(*prices);
  item_.prices.tax = read_tax(*prices);
}

void ItemDraft::read_net_total(const ObjectReader& prices) {
  const auto gross = times(item_.prices.unit_price, item_.quantity);
  if (!gross) {
    prices.report("unit_price", "All pieces together cost more than any return is worth.");
    return;
  }
  Money net = *gross;
  net.minor -= item_.prices.line_discount.minor + item_.prices.order_discount_allocation.minor;
  if (net.minor < 0) {
    prices.report(
        item_.prices.line_discount.minor > 0 ? "line_discount" : "order_discount_allocation",
        "The discounts are more than the price of all pieces, " + quoted(*gross) + ".");
    return;
  }
  item_.prices.net_total = net;
  expect_money(prices,
               "net_total",
               net,
               "unit_price * quantity - line_discount - order_discount_allocation");
}

// The price of `quantity` pieces; nullopt when it is beyond all reason.
std::optional<Money> ItemDraft::times(Money price, std::int64_t quantity) const {
  const auto product = multiply(price, quantity);
  if (!product || product->minor > limits::kReturnMoneyMinorMax) return std::nullopt;
  return *product;
}

std::optional<ItemTax> ItemDraft::read_tax(const ObjectReader& prices) {
  const auto object = prices.object("tax", kTaxFields);
  if (!object) return std::nullopt;
  ItemTax tax{.rate = std::nullopt,
              .amount = {.minor = 0, .currency = *currency_},
              .is_included = object->boolean("included").value_or(true)};
  const auto rate = object->decimal("rate", kTaxRateDecimals, kTaxRateOne);
  const auto amount = object->money("amount", currency_);
  if (!is_sound()) return tax;
  if (!rate && !amount) {
    object->report("rate", R"(Send 'rate', such as "0.25" for 25 per cent, or 'amount'.)");
    return tax;
  }
  const Money net = item_.prices.net_total;
  tax_rate_ = rate;
  if (rate) {
    tax.rate = read_name(*object, "rate");
    tax.amount = tax_of(net, *rate, tax.is_included);
  }
  if (!amount) return tax;
  // Some shops round the tax of each piece.
  if (rate && std::abs(amount->minor - tax.amount.minor) > item_.quantity - 1)
    expect_money(*object,
                 "amount",
                 tax.amount,
                 tax.is_included ? "net_total * rate / (1 + rate)" : "net_total * rate");
  else if (amount->minor > net.minor)
    object->report("amount", "Is more than the net_total, " + quoted(net) + ".");
  tax.amount = *amount;
  return tax;
}

std::optional<ExchangeTo> ItemDraft::read_exchange() {
  const bool is_exchange = item_.action == ItemAction::kExchange && object_.has("action");
  if (!is_exchange && object_.has("exchange_to") && is_sound())
    object_.report("exchange_to", "Only an item with the action \"exchange\" has this.");
  if (is_exchange) object_.require("exchange_to", R"({"sku": "TEE-WHT-L"})");
  const auto object = object_.object("exchange_to", kExchangeFields);
  if (!object || !is_exchange) return std::nullopt;
  ExchangeTo to{
      .sku = read_name(*object, "sku"),
      .variant_id = read_name(*object, "variant_id"),
      .title = read_name(*object, "title"),
      .variant_title = read_name(*object, "variant_title"),
      .quantity =
          object->integer("quantity", 1, limits::kItemQuantityMax).value_or(item_.quantity)};
  if (is_sound() && !to.sku && !to.variant_id)
    object->report("sku", "Nothing says what the new goods are; send 'sku' or 'variant_id'.");
  read_exchange_prices(*object, to);
  return to;
}

void ItemDraft::read_exchange_prices(const ObjectReader& object, ExchangeTo& to) {
  to.list_price = object.money("list_price", currency_);
  to.charged_price = object.money("charged_price", currency_);
  if (!is_sound()) return;
  to.charged_price = charged_price(object, to);
  if (!is_sound() || !to.charged_price) return;
  if (!to.list_price) to.list_price = to.charged_price;
  const auto listed = times(*to.list_price, to.quantity);
  auto charged = times(*to.charged_price, to.quantity);
  if (!listed || !charged) {
    object.report("quantity", "All pieces together cost more than any exchange is worth.");
    return;
  }
  if (charged->minor > listed->minor) {
    object.report("charged_price", "Is more than the list_price, " + quoted(*to.list_price) + ".");
    return;
  }
  Money cover = *listed;
  cover.minor -= charged->minor;
  to.price_cover = cover;
  expect_money(object, "price_cover", cover, "(list_price - charged_price) * quantity");
  if (!add_tax(object, *charged)) return;
  Money difference = *charged;
  difference.minor -= value_of(item_.prices).minor;
  to.difference = difference;
  expect_money(object, "difference", difference, "charged_price * quantity - what the item cost");
}

// The tax on the new goods, where prices are without.
bool ItemDraft::add_tax(const ObjectReader& object, Money& charged) const {
  const auto& tax = item_.prices.tax;
  if (!tax || tax->is_included) return true;
  if (charged == item_.prices.net_total) {
    charged.minor += tax->amount.minor;
    return true;
  }
  if (tax_rate_)
    charged.minor += tax_of(charged, *tax_rate_, false).minor;
  else
    object.report("charged_price", "Send prices.tax.rate of the item, to know the tax on this.");
  return tax_rate_.has_value();
}

// The price of one new piece that counts: as given, else the list price without what the shop takes
// on itself, else the same as what was paid for the item.
std::optional<Money> ItemDraft::charged_price(const ObjectReader& object,
                                              const ExchangeTo& to) const {
  if (to.charged_price) return to.charged_price;
  Money price = item_.prices.net_total;
  std::string_view of_what = "what was paid for the item";
  if (to.list_price) {
    const auto cover = object.money("price_cover", currency_);
    const auto listed = times(*to.list_price, to.quantity);
    if (!cover || !listed) return to.list_price;
    price = *listed;
    price.minor = std::max<std::int64_t>(price.minor - cover->minor, 0);
    of_what = "what price_cover leaves";
  }
  if (price.minor % to.quantity != 0) {
    object.report("charged_price",
                  "Must be sent: " + std::string{of_what} + ", " + quoted(price) +
                      ", is not the same amount for each piece.");
    return std::nullopt;
  }
  price.minor /= to.quantity;
  return price;
}

std::optional<GiftCardTerms> ItemDraft::read_gift_card() {
  const bool is_gift_card = item_.action == ItemAction::kGiftCard && object_.has("action");
  if (!is_gift_card && object_.has("gift_card") && is_sound())
    object_.report("gift_card", "Only an item with the action \"gift_card\" has this.");
  const auto object = object_.object("gift_card", kGiftCardFields);
  if (!is_gift_card || !is_sound()) return std::nullopt;
  GiftCardTerms terms{.base = value_of(item_.prices), .bonus = {}, .total = {}};
  if (object) {
    terms.bonus_hundredths_of_percent =
        object->decimal("bonus_percent", kBonusDecimals, kBonusMax).value_or(0);
    terms.expires_at = object->time("expires_at");
  }
  item_.gift_card = terms;
  terms.total = gift_card_worth(item_, item_.quantity);
  terms.bonus = terms.total;
  terms.bonus.minor -= terms.base.minor;
  if (object && is_sound()) {
    expect_money(*object, "base", terms.base, "what was paid for the item");
    expect_money(*object, "bonus", terms.bonus, "bonus_percent of base");
    expect_money(*object, "total", terms.total, "base + bonus");
  }
  return terms;
}

// "rit_01" for the first: two digits at least, as people list them.
std::string numbered_item(std::size_t number) {
  const std::string digits = std::to_string(number);
  return (digits.size() < 2 ? "rit_0" : "rit_") + digits;
}

void name_items(std::vector<ItemFacts>& items, const std::vector<ObjectReader>& objects) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string& id = items[i].id;
    if (id.empty()) id = numbered_item(i + 1);
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find_if(items.begin(), end, [&](const ItemFacts& item) { return item.id == id; }) !=
        end)
      objects[i].report("id",
                        "Another item has the id \"" + id + "\" already; each needs its own.");
  }
}

}  // namespace

void expect_money(const ObjectReader& object,
                  std::string_view name,
                  Money expected,
                  std::string_view because) {
  const auto given = object.signed_money(name, expected.currency);
  if (!given || *given == expected) return;
  object.report(name,
                "Must be " + quoted(expected) + ", which is " + std::string{because} +
                    "; correct it or leave it out.");
}

std::vector<ItemFacts> read_items(const ObjectReader& body,
                                  std::optional<Currency> currency,
                                  Problems& problems) {
  constexpr std::string_view kExample =
      R"([{"sku": "TEE-WHT-M", "action": "refund", "prices": {"unit_price": )"
      R"({"amount": "200.00", "currency": "DKK"}}}])";
  body.require("items", kExample);
  const std::size_t problems_before = problems.count();
  const auto objects = body.objects("items", limits::kReturnItemsMax, kItemFields);
  std::vector<ItemFacts> items;
  for (const ObjectReader& object : objects) {
    if (problems.is_full()) break;
    items.push_back(ItemDraft{object, currency, problems}.read());
  }
  name_items(items, objects);
  if (objects.empty() && body.has("items") && problems.count() == problems_before)
    body.report("items", "At least one item is required, such as " + std::string{kExample} + ".");
  return items;
}

}  // namespace returnflows::returns
