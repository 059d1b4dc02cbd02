#include "returnflows/api/endpoint_json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/api/json_input.h"
#include "returnflows/api/query.h"
#include "returnflows/base/limits.h"
#include "returnflows/delivery/signing.h"
#include "returnflows/endpoints/endpoint_rules.h"
#include "returnflows/events/event_type.h"

namespace returnflows {
namespace {

// What a subscription list may hold: every type once, and some that are named twice.
constexpr std::size_t kSubscribedNamesMax = 64;

void append_event_types(JsonWriter& json, const Endpoint& endpoint) {
  json.key("event_types").open_array();
  if (endpoint.all_event_types) {
    json.text("*");
  } else {
    for (const EventType type : all_event_types()) {
      if (endpoint.event_types.test(index_of(type))) json.text(event_type_name(type));
    }
  }
  json.close_array();
}

void read_event_types(JsonFields& fields, Endpoint& endpoint) {
  if (fields.is_null("event_types")) endpoint.all_event_types = true;
  const auto names = fields.texts("event_types", kSubscribedNamesMax);
  if (!names) return;
  endpoint.all_event_types = false;
  endpoint.event_types.reset();
  for (std::size_t i = 0; i < names->size(); ++i) {
    const std::string pointer = "/event_types/" + std::to_string(i);
    if ((*names)[i] == "*") {
      endpoint.all_event_types = true;
      if (std::ranges::count(*names, "*") != std::ssize(*names)) {
        fields.report(pointer,
                      "\"*\" means all events and stands alone: leave it out, or leave out the "
                      "others.");
      }
    } else if (const auto type = parse_event_type((*names)[i])) {
      endpoint.event_types.set(index_of(*type));
    } else if (!fields.reported(pointer)) {
      fields.report(pointer, type.error().detail);
    }
  }
  if (endpoint.all_event_types) endpoint.event_types.reset();
}

void read_retry_delays(JsonFields& fields, Endpoint& endpoint) {
  if (fields.is_null("retry_delays")) endpoint.retry_delays = default_retry_delays();
  const auto seconds = fields.integers("retry_delays", limits::kRetryStepsMax);
  if (!seconds) return;
  endpoint.retry_delays.clear();
  for (const std::int64_t delay : *seconds) {
    endpoint.retry_delays.emplace_back(delay);
  }
}

void read_success(JsonFields& fields, Endpoint& endpoint) {
  if (fields.is_null("success")) endpoint.success = SuccessRule::kOnly200;
  const auto name = fields.text("success", limits::kDescriptionBytesMax);
  if (!name) return;
  if (const auto rule = find_success_rule(*name)) {
    endpoint.success = *rule;
  } else {
    fields.report("/success", "Must be \"200\" or \"any_2xx\".");
  }
}

void read_ordering(JsonFields& fields, Endpoint& endpoint) {
  if (fields.is_null("ordering")) endpoint.ordering = Ordering::kPerReturn;
  const auto name = fields.text("ordering", limits::kDescriptionBytesMax);
  if (!name) return;
  if (const auto ordering = find_ordering(*name)) {
    endpoint.ordering = *ordering;
  } else {
    fields.report("/ordering", "Must be \"per_return\" or \"none\".");
  }
}

void read_attempt_timeout(JsonFields& fields, Endpoint& endpoint) {
  if (fields.is_null("attempt_timeout_ms")) {
    endpoint.attempt_timeout = limits::kAttemptTimeoutDefault;
  }
  const auto timeout = fields.integer(
      "attempt_timeout_ms", limits::kAttemptTimeoutMin.count(), limits::kAttemptTimeoutMax.count());
  if (timeout) endpoint.attempt_timeout = std::chrono::milliseconds{*timeout};
}

// All fields that both creating and patching take.
void read_settings(JsonFields& fields, Endpoint& endpoint) {
  if (fields.is_null("url")) fields.report("/url", "An endpoint cannot be without a URL.");
  if (auto url = fields.text("url", limits::kUrlBytesMax)) endpoint.url = std::move(*url);
  if (fields.is_null("description")) endpoint.description.clear();
  if (auto text = fields.text("description", limits::kDescriptionBytesMax)) {
    endpoint.description = std::move(*text);
  }
  read_event_types(fields, endpoint);
  read_retry_delays(fields, endpoint);
  read_success(fields, endpoint);
  read_ordering(fields, endpoint);
  read_attempt_timeout(fields, endpoint);
}

// Adds what the rules on endpoints say, for fields about which nothing has been said yet.
void check_rules(JsonFields& fields, const Endpoint& endpoint, const EgressPolicy& policy) {
  const Status checked = check_endpoint(endpoint, policy);
  if (checked) return;
  for (const FieldError& wrong : checked.error().fields) {
    if (!fields.reported(wrong.pointer)) fields.report(wrong.pointer, wrong.detail);
  }
}

}  // namespace

void append_secret_members(JsonWriter& json, const Secret& secret) {
  json.member("secret", secret.reveal());
  json.member("library_secret", library_form(secret).reveal());
}

void append_endpoint(JsonWriter& json,
                     const Endpoint& endpoint,
                     const IdCodec& ids,
                     Timestamp now,
                     const Secret* secret) {
  json.open_object();
  json.member("id", ids.encode(IdPrefix::kEndpoint, endpoint.id, endpoint.created_at));
  json.member("url", endpoint.url);
  json.member("description", endpoint.description);
  append_event_types(json, endpoint);
  json.member("status", endpoint_state_name(endpoint.state));
  json.member_or_null("disabled_reason", endpoint.disabled_reason);
  json.member("success", success_rule_name(endpoint.success));
  json.member("ordering", ordering_name(endpoint.ordering));
  json.key("retry_delays").open_array();
  for (const std::chrono::seconds delay : endpoint.retry_delays) {
    json.number(delay.count());
  }
  json.close_array();
  json.member("attempt_timeout_ms", endpoint.attempt_timeout.count());
  json.member("api_version", endpoint.api_version);
  if (secret != nullptr) append_secret_members(json, *secret);
  if (signs_with_previous_secret(endpoint, now)) {
    json.member("previous_secret_expires_at", endpoint.previous_secret_until);
  } else {
    json.key("previous_secret_expires_at").null();
  }
  json.member("version", endpoint.version);
  json.member("created_at", endpoint.created_at);
  json.member("updated_at", endpoint.updated_at);
  json.close_object();
}

Result<EndpointInput> read_new_endpoint(const boost::json::object& body,
                                        Endpoint base,
                                        const EgressPolicy& policy) {
  JsonFields fields(body,
                    {"url",
                     "secret",
                     "event_types",
                     "description",
                     "success",
                     "ordering",
                     "retry_delays",
                     "attempt_timeout_ms"});
  EndpointInput input{.endpoint = std::move(base), .secret = std::nullopt};
  if (!fields.has("url")) {
    fields.report("/url", "This field is required: where the events go, such as https://….");
  }
  read_settings(fields, input.endpoint);
  // Longer ones are reported by check_secret() below, with the rule.
  if (auto secret = fields.text("secret", limits::kRequestBytesMax); secret && !secret->empty()) {
    if (const Status checked = check_secret(*secret); !checked) {
      fields.report("/secret", checked.error().detail);
    }
    input.secret.emplace(std::move(*secret));
  }
  check_rules(fields, input.endpoint, policy);
  RF_TRY_STATUS(fields.finish());
  return input;
}

Result<Endpoint> patch_endpoint(const boost::json::object& patch,
                                Endpoint base,
                                const EgressPolicy& policy) {
  JsonFields fields(patch,
                    {"url",
                     "event_types",
                     "description",
                     "success",
                     "ordering",
                     "retry_delays",
                     "attempt_timeout_ms"},
                    {{"secret",
                      "A secret is changed by POST …/secret/rotate, so that the old one goes on "
                      "signing until the receiver knows the new one."},
                     {"status", "The status is changed by POST …/pause and POST …/resume."}});
  read_settings(fields, base);
  check_rules(fields, base, policy);
  RF_TRY_STATUS(fields.finish());
  return base;
}

}  // namespace returnflows
