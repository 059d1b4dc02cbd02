# Flags every target of this project is built with; third-party targets never link it.
add_library(rf_options INTERFACE)
target_compile_features(rf_options INTERFACE cxx_std_23)
target_compile_options(rf_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wimplicit-fallthrough -Wundef
  -Wformat=2 -Wcast-align -Wextra-semi -Wswitch-enum
  $<$<BOOL:${RF_WERROR}>:-Werror>)
target_compile_definitions(rf_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  RF_VERSION="${PROJECT_VERSION}"
  $<$<BOOL:${RF_HARDEN}>:_GLIBCXX_ASSERTIONS>)
target_include_directories(rf_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(RF_SANITIZE)
  target_compile_options(rf_options INTERFACE
    -fsanitize=${RF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(rf_options INTERFACE -fsanitize=${RF_SANITIZE})
endif()
