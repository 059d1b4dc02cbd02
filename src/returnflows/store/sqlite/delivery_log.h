#pragma once

#include <optional>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/event_log.h"
#include "returnflows/store/sqlite/id_walk.h"
#include "returnflows/store/sqlite/keyed_hashes.h"
#include "returnflows/store/sqlite/reader_pool.h"
#include "returnflows/store/store.h"

namespace returnflows::sqlite {

// Reads deliveries and their attempts. Thread: storage pool, any number at once.
class DeliveryReader final : public DeliveryLog {
 public:
  struct Parts {
    ReaderPool& pool;
    const IdCodec& ids;
    const KeyedHashes& hashes;
    const EventFilters& filters;
    const EventReader& events;
  };

  explicit DeliveryReader(Parts parts) : parts_(parts) {}

  Result<std::optional<DeliveryRecord>> find(MerchantId merchant, DeliveryId id) override;
  Result<Page<DeliveryRecord>> list(const DeliveryFilter& filter) override;
  Result<std::vector<AttemptRecord>> attempts(DeliveryId id) override;

 private:
  Status gather_of_event(Reader& reader, const DeliveryFilter& filter, IdWalk& walk) const;
  Status gather_of_return(Reader& reader, const DeliveryFilter& filter, IdWalk& walk) const;
  Status gather_any(Reader& reader, const DeliveryFilter& filter, IdWalk& walk) const;
  Result<std::optional<DeliveryRecord>> read(Reader& reader, DeliveryId id) const;

  Parts parts_;
};

}  // namespace returnflows::sqlite
