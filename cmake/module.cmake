# rf_module(<name> SOURCES ... HEADERS ... [TESTS ...] [DEPS ...] [PRIVATE_DEPS ...])
# One static library `returnflows::<name>` per folder of src/returnflows; tests become `<name>_test`.
# HEADERS are relative to the folder and are compiled alone once, so that each stands on its own.
function(rf_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;TESTS;DEPS;PRIVATE_DEPS")
  add_library(rf_${name} STATIC ${arg_SOURCES})
  add_library(returnflows::${name} ALIAS rf_${name})
  target_sources(rf_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${arg_HEADERS})
  set_target_properties(rf_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(rf_${name} PUBLIC rf_options ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
  if(BUILD_TESTING AND arg_TESTS)
    add_executable(${name}_test ${arg_TESTS})
    target_link_libraries(${name}_test PRIVATE
      returnflows::${name} rf_options GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" PROPERTIES LABELS unit
      DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# rf_contract(<store> TESTS ... DEPS ...)
# What runs the suite of src/returnflows/store/contract on one store: TESTS instantiate it, DEPS bring
# the store. Becomes `<store>_contract_test`; the label `contract` lets it run alone.
function(rf_contract store)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "TESTS;DEPS")
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${store}_contract_test ${arg_TESTS})
  target_link_libraries(${store}_contract_test PRIVATE
    rf_store_contract ${arg_DEPS} GTest::gtest_main)
  gtest_discover_tests(${store}_contract_test TEST_PREFIX "${store}/" PROPERTIES LABELS contract
    DISCOVERY_TIMEOUT 60)
endfunction()
