#pragma once

#include <optional>
#include <string_view>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/event_index.h"
#include "returnflows/store/sqlite/id_walk.h"
#include "returnflows/store/sqlite/keyed_hashes.h"
#include "returnflows/store/sqlite/reader_pool.h"
#include "returnflows/store/store.h"

namespace returnflows::sqlite {

// Reads the event log. Thread: storage pool, any number at once.
class EventReader final : public EventLog {
 public:
  struct Parts {
    ReaderPool& pool;
    const IdCodec& ids;
    const KeyedHashes& hashes;
    const EventFilters& filters;
  };

  explicit EventReader(Parts parts) : parts_(parts) {}

  Result<std::optional<EventRecord>> find(MerchantId merchant, std::string_view public_id) override;
  Result<Page<EventRecord>> list(const EventFilter& filter) override;
  Result<EventId> newest() override;

  // The row of an event by its public id, with those of its deliveries. For the delivery log.
  struct Located {
    EventId id;
    DeliveryId first_delivery;
    std::int64_t delivery_count = 0;
  };

  Result<std::optional<Located>> locate(Reader& reader,
                                        MerchantId merchant,
                                        std::string_view public_id) const;

 private:
  Result<std::optional<Located>> locate_own(Reader& reader,
                                            MerchantId merchant,
                                            std::string_view public_id) const;
  Result<std::optional<EventRecord>> read(Reader& reader, EventId id) const;
  Status gather(Reader& reader, const EventFilter& filter, IdWalk& walk) const;
  Status gather_of_return(Reader& reader, const EventFilter& filter, IdWalk& walk) const;

  Parts parts_;
};

// The newest event's row number, 0 in an empty log.
Result<std::int64_t> newest_event(Reader& reader);

}  // namespace returnflows::sqlite
