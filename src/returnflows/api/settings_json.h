#pragma once

#include <boost/json/object.hpp>

#include "returnflows/base/json_writer.h"
#include "returnflows/base/result.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/store/return_records.h"

// The settings of a merchant as JSON. Source: /v1/settings of the OpenAPI document.
namespace returnflows {

// Appends the settings as one object. Of secrets only whether they are set.
void append_settings(JsonWriter& json, const MerchantSettings& settings);

// What secrets and URLs are checked and kept with.
struct SettingsKeeping {
  const EgressPolicy& egress_policy;
  const SecretBox& secret_box;
};

// The body of PATCH /v1/settings, a merge patch (RFC 7396): `base` with what is in it put in; what
// is absent stays, null goes back to the default. The version stays. New secrets are sealed.
//
// Errors: kInvalidInput with one FieldError per wrong field, unknown ones included. Thread: any.
Result<MerchantSettings> patch_settings(const boost::json::object& patch,
                                        MerchantSettings base,
                                        const SettingsKeeping& keeping);

}  // namespace returnflows
