#pragma once
#include <string>
#include <string_view>

namespace returnflows {
std::string openapi_document(std::string_view version);
}
