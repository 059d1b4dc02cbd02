#pragma once

#include <memory>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/store/return_records.h"
#include "returnflows/store/sqlite/connection.h"

namespace returnflows::sqlite {

// What merchants have set. Few rows, all in memory besides. Thread: the journal's.
class SettingsTable {
 public:
  static Result<SettingsTable> open(Connection& connection);

  // Of every merchant that ever changed any.
  static Result<std::vector<std::shared_ptr<const MerchantSettings>>> load(Connection& connection);

  Status write(const MerchantSettings& settings);

 private:
  SettingsTable() = default;

  Statement write_;
  Statement forget_secrets_;
  Statement write_secret_;
};

}  // namespace returnflows::sqlite
