#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "returnflows/base/ids.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/endpoint.h"

namespace returnflows {

// Appends the endpoint's JSON object. `secret` is shown when given, in both forms; it is for the
// answers that create, show or rotate it. `now` tells whether an old secret still signs.
void append_endpoint(JsonWriter& json,
                     const Endpoint& endpoint,
                     const IdCodec& ids,
                     Timestamp now,
                     const Secret* secret = nullptr);

// Appends the members "secret" and "library_secret".
void append_secret_members(JsonWriter& json, const Secret& secret);

// `base` with the fields of a request body put in, and the secret when one was given.
struct EndpointInput {
  Endpoint endpoint;
  std::optional<Secret> secret;
};

// The body of POST /v1/endpoints. Errors: kInvalidInput with one FieldError per wrong field,
// unknown ones included.
Result<EndpointInput> read_new_endpoint(const boost::json::object& body,
                                        Endpoint base,
                                        const EgressPolicy& policy);

// The body of PATCH, a merge patch (RFC 7396): what is absent stays, null goes back to the default.
// The secret is not changed here but by rotating it. Errors: as above.
Result<Endpoint> patch_endpoint(const boost::json::object& patch,
                                Endpoint base,
                                const EgressPolicy& policy);

}  // namespace returnflows
