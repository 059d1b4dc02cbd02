# The OpenAPI document: a module of its own, because `returnflows openapi` and the linters need it
# without a server.
set(rf_openapi_cc ${CMAKE_CURRENT_BINARY_DIR}/openapi_files.cc)
rf_embed_json(${rf_openapi_cc}
  HEADER returnflows/api/openapi_files.h
  FUNCTION openapi_files
  FILES
    openapi/document.json
    openapi/paths_events.json
    openapi/paths_event_types.json
    openapi/paths_endpoints.json
    openapi/paths_deliveries.json
    openapi/paths_timeline.json
    openapi/paths_merchants.json
    openapi/paths_api_keys.json
    openapi/paths_operations.json
    openapi/webhook.json
    openapi/schemas.json
    openapi/parameters.json
    openapi/responses.json
    openapi/headers.json
    openapi/security_schemes.json)

rf_module(openapi
  SOURCES
    ${rf_openapi_cc}
    openapi.cc
  HEADERS
    openapi.h
    openapi_files.h
  TESTS
    openapi_test.cc
  DEPS returnflows::base returnflows::events
  PRIVATE_DEPS Boost::json)
if(TARGET openapi_test)
  target_link_libraries(openapi_test PRIVATE Boost::json)
endif()
