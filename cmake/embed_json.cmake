# Writes a C++ file that holds JSON files as raw strings. Run by rf_embed_json() at build time, as
#   cmake -DSOURCE_DIR=<folder> -DFILES=<a|b|c> -DHEADER=<declares FUNCTION> -DFUNCTION=<name>
#         -DOUTPUT=<file.cc> -P embed_json.cmake
# One literal per file: FILES_BYTES_MAX keeps each below the 65,536 characters that the C++ standard
# asks every compiler to take.
set(FILES_BYTES_MAX 60000)
string(REPLACE "|" ";" files "${FILES}")
set(rows "")
foreach(file IN LISTS files)
  file(READ "${SOURCE_DIR}/${file}" text)
  string(LENGTH "${text}" length)
  if(length GREATER FILES_BYTES_MAX)
    message(FATAL_ERROR "${file} has ${length} bytes; at most ${FILES_BYTES_MAX} can be embedded.")
  endif()
  if(text MATCHES "\\)rf_json\"")
    message(FATAL_ERROR "${file} contains the end mark of the raw string.")
  endif()
  string(APPEND rows "    EmbeddedFile{\"${file}\", R\"rf_json(${text})rf_json\"},\n")
endforeach()
list(LENGTH files count)
file(WRITE "${OUTPUT}.new" "// Made by embed_json.cmake at build time.
#include \"${HEADER}\"

#include <array>

namespace returnflows {
namespace {

constexpr std::array<EmbeddedFile, ${count}> kFiles = {
${rows}};

}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() {
  return kFiles;
}

}  // namespace returnflows
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
