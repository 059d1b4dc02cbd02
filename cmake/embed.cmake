# rf_embed_json(<output.cc> HEADER <header> FUNCTION <name> FILES <json files of this folder>...)
# Makes <output.cc> at build time: it defines the function `std::span<const EmbeddedFile> <name>()`
# that <header> declares.
set(RF_EMBED_JSON_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_json.cmake)
function(rf_embed_json output)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;FUNCTION" "FILES")
  list(JOIN arg_FILES "|" files)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR} "-DFILES=${files}"
      -DHEADER=${arg_HEADER} -DFUNCTION=${arg_FUNCTION} -DOUTPUT=${output}
      -P ${RF_EMBED_JSON_SCRIPT}
    DEPENDS ${RF_EMBED_JSON_SCRIPT} ${arg_FILES}
    COMMENT "Embedding the JSON files of ${arg_FUNCTION}()"
    VERBATIM)
endfunction()
