#pragma once

#include <optional>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/catalog.h"
#include "returnflows/store/sqlite/id_walk.h"
#include "returnflows/store/sqlite/reader_pool.h"
#include "returnflows/store/sqlite/return_table.h"
#include "returnflows/store/store.h"

namespace returnflows::sqlite {

// Reads returns and what falls due with them. Thread: storage pool, any number at once.
class ReturnReader final : public ReturnBook, public TimerBook {
 public:
  struct Parts {
    ReaderPool& pool;
    const IdCodec& ids;
    const PublishedCatalog& catalog;
  };

  explicit ReturnReader(Parts parts) : parts_(parts) {}

  Result<std::optional<ReturnView>> find(MerchantId merchant,
                                         ReturnId id,
                                         Timestamp created_at) override;
  Result<Page<ReturnView>> list(const ReturnFilter& filter) override;

  Result<std::optional<Timestamp>> next_timer() override;
  Result<std::vector<DuePayout>> due_payouts(Timestamp until, std::size_t count_max) override;

 private:
  Result<std::optional<StoredReturn>> read(Reader& reader, ReturnId id) const;
  ReturnView view(const StoredReturn& stored) const;
  // False when the return has no such payout any more.
  Result<bool> add_its_return(Reader& reader, DuePayout& due) const;

  Parts parts_;
};

}  // namespace returnflows::sqlite
