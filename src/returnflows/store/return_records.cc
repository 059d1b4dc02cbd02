#include "returnflows/store/return_records.h"

namespace returnflows {

std::string settings_secret_name(MerchantId merchant, std::string_view what) {
  return "settings/" + std::to_string(merchant.value) + "/" + std::string(what);
}

}  // namespace returnflows
