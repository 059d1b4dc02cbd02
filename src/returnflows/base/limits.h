#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// Every bound of the server in one place, each with its reason. Doubling one must be safe for
// memory; halving one must be safe for correctness.
namespace returnflows::limits {

// --- What producers may send (docs/receiving, OpenAPI) ---

// One event as published. The largest sample is 17 KB; ERP payloads with 200 items reach 150 KB.
inline constexpr std::size_t kEventBytesMax = 256UL * 1024;
// A batch is read whole before it is validated, so it bounds memory per connection.
inline constexpr std::size_t kBatchBytesMax = 16UL * 1024 * 1024;
inline constexpr std::size_t kBatchEventsMax = 1000;
// Any other request body: endpoint settings, keys.
inline constexpr std::size_t kRequestBytesMax = 64UL * 1024;
// Nesting of JSON: deeper input is an attack on the reader's stack, not data.
inline constexpr std::size_t kJsonDepthMax = 64;
inline constexpr std::size_t kRequestHeaderBytesMax = 16UL * 1024;
inline constexpr std::size_t kReturnIdBytesMax = 255;
inline constexpr std::size_t kClientEventIdBytesMax = 64;
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;
inline constexpr std::chrono::hours kIdempotencyKept{24};

// Wrong fields named in one answer: enough to fix a producer in one go, few enough to read.
inline constexpr std::size_t kFieldErrorsMax = 20;

// --- Serving the API ---

// Connections of clients: an idle one costs about 12 KiB. Beyond it, 503.
inline constexpr std::size_t kApiConnectionsMax = 4096;
// Event streams: each reads the log after every commit.
inline constexpr std::size_t kEventStreamsMax = 256;
// Events that a stream holds while its reader takes them: 20 of kEventBytesMax are 5 MiB.
inline constexpr std::size_t kEventStreamPage = 20;
inline constexpr std::chrono::seconds kEventStreamHeartbeat{15};  // Proxies cut off at 30 or 60.
// Without a request. Longer than load balancers keep a connection, so that they close first.
inline constexpr std::chrono::seconds kApiIdleTimeout{60};
// From the first byte of a request to the end of its header.
inline constexpr std::chrono::seconds kApiHeaderTimeout{10};
// From the end of the header to the end of the body: 16 MiB at 5 Mbit/s.
inline constexpr std::chrono::seconds kApiBodyTimeout{30};
// For one answer, or one piece of a stream.
inline constexpr std::chrono::seconds kApiWriteTimeout{30};
// After an answer that ends the connection: bytes still on their way are read and thrown away, or
// the reset that they would cause could overtake the answer.
inline constexpr std::chrono::seconds kApiLingerTimeout{2};
// Deeper pipelines and larger headers than any client's; what a connection keeps between requests.
inline constexpr std::size_t kApiBufferBytesKept = 32UL * 1024;
inline constexpr std::size_t kRequestHeadersMax = 64;
inline constexpr std::size_t kRequestIdBytesMax = 128;
inline constexpr std::size_t kQueryParametersMax = 16;
inline constexpr std::size_t kMerchantNameBytesMax = 200;
inline constexpr std::size_t kMerchantSlugBytesMax = 64;
// One step of the test clock: a year is beyond every schedule.
inline constexpr std::chrono::days kTestClockStepMax{366};

// --- Lists ---
inline constexpr std::size_t kPageDefault = 50;
inline constexpr std::size_t kPageMax = 250;
// Events of one page of a return's timeline: each comes with its deliveries and their attempts.
inline constexpr std::size_t kTimelineEventsMax = 50;
// Entries after which such a page ends early; an event is never cut in two. About 1 MiB.
inline constexpr std::size_t kTimelineEntriesMax = 4000;

// --- Observability ---
// One value in a log line; a URL of kUrlBytesMax is cut, which is enough to recognise it.
inline constexpr std::size_t kLogValueBytesMax = 2048;
// Series of one metric family. Today's widest, requests by route, method and code, has under 300;
// beyond the limit everything is counted under the label "other", so that memory stays bounded.
inline constexpr std::size_t kMetricSeriesMax = 512;

// --- Command line ---
// A configuration file of all keys is 2 KB; the bound only keeps a wrong path from filling memory.
inline constexpr std::size_t kConfigFileBytesMax = 256UL * 1024;
// One answer of the server: a page of kPageMax events of kEventBytesMax each.
inline constexpr std::size_t kClientAnswerBytesMax = 64UL * 1024 * 1024;

// --- Endpoints ---
inline constexpr std::size_t kUrlBytesMax = 4096;  // Power Automate URLs pass 1,500.
inline constexpr std::size_t kDescriptionBytesMax = 500;
inline constexpr std::size_t kSecretBytesMin = 8;
inline constexpr std::size_t kSecretBytesMax = 255;
inline constexpr std::size_t kRetryStepsMax = 30;
inline constexpr std::size_t kEndpointsPerMerchantMax = 10'000;

// --- Sending (design §7) ---
inline constexpr std::chrono::milliseconds kConnectTimeout{5'000};
inline constexpr std::chrono::milliseconds kAttemptTimeoutDefault{15'000};
inline constexpr std::chrono::milliseconds kAttemptTimeoutMin{1'000};
inline constexpr std::chrono::milliseconds kAttemptTimeoutMax{30'000};
inline constexpr std::size_t kAnswerHeaderBytesMax = 16UL * 1024;
inline constexpr std::size_t kAnswerBodyBytesMax = 64UL * 1024;
inline constexpr std::size_t kAnswerBodyBytesKept = 4UL * 1024;
inline constexpr std::chrono::hours kRetryAfterMax{24};
// An endpoint that failed for so long without one success is disabled: longer than a weekend with a
// holiday, and than the three days of the default retry schedule.
inline constexpr std::chrono::hours kFailingBeforeDisabled{5 * 24};
// Before a streak of failures is worth a write. Longer, and a server that is restarted often would
// never disable anything; shorter, and an endpoint that flaps would write all the time.
inline constexpr std::chrono::minutes kFailingBeforeRemembered{10};
// Requests under way to one endpoint: enough for 20,000/s at 3 ms, few enough not to flood it.
inline constexpr std::size_t kInFlightPerEndpointMax = 64;
// Deliveries that a lane keeps in memory; the rest waits in the store and is read in order.
inline constexpr std::size_t kLaneWindowMax = 4096;
// Event bodies kept in memory over all lanes of a process.
inline constexpr std::size_t kLaneBytesMax = 64UL * 1024 * 1024;
// A retry that is due later than this waits in the store's index, not in memory.
inline constexpr std::chrono::seconds kRetryInMemoryMax{60};
// What every lane may keep whatever the others hold: two rounds of requests for a healthy endpoint,
// little enough that thousands of dead ones do not matter.
inline constexpr std::size_t kLaneShareMin = 64;
inline constexpr std::size_t kLaneShareBytesMin = 512UL * 1024;
// Requests under way over all endpoints of a process: bounds sockets and memory.
inline constexpr std::size_t kInFlightMax = 16'384;
// Host names resolve well below this; longer is a broken resolver, and the attempt tries again.
inline constexpr std::chrono::milliseconds kResolveTimeout{5'000};
inline constexpr std::chrono::seconds kResolvedKept{30};
inline constexpr std::chrono::seconds kUnresolvedKept{5};
inline constexpr std::size_t kResolvedHostsMax = 4096;
inline constexpr std::size_t kAddressesPerHostMax = 16;
// The first addresses of a host get this long before the next one is tried (RFC 8305 §5).
inline constexpr std::chrono::milliseconds kNextAddressDelay{250};
// Common servers close a quiet connection after 60 or 75 s; closing first loses no request.
inline constexpr std::chrono::seconds kIdleConnectionMax{30};
// A burst opens up to kInFlightPerEndpointMax connections; what stays after it is bounded by
// these, since an idle TLS connection costs 75 to 95 KB.
inline constexpr std::size_t kIdleConnectionsKept = 8;
inline constexpr std::chrono::seconds kIdleSurplusMax{5};
// 100 Continue and friends before the answer: more than a few is not a server.
inline constexpr int kInformationalAnswersMax = 8;

// --- Returns ---

// The body of POST /v1/returns: as large as an event, because the snapshot in each event repeats
// it.
inline constexpr std::size_t kReturnBytesMax = kEventBytesMax;
// Lines of one return; the largest of ERP systems have about as many.
inline constexpr std::size_t kReturnItemsMax = 200;
// Pieces of one line, and what a price may be: far beyond any shop, and small enough that no sum of
// a return leaves 64 bits (200 lines of 10^15, doubled by a bonus).
inline constexpr std::int64_t kItemQuantityMax = 100'000;
inline constexpr std::int64_t kReturnMoneyMinorMax = 1'000'000'000'000'000;
// Returns of one order before this one, plus one.
inline constexpr std::int64_t kReturnIterationMax = 10'000;
// Ids, numbers, names, SKUs. The longest in use, ids of Shopify's API, have about 60.
inline constexpr std::size_t kReturnNameBytesMax = 255;
// What people write: notes, reasons, the customer's own words.
inline constexpr std::size_t kReturnNoteBytesMax = 2000;
// Pictures of an item; tags and payment gateways of an order (Shopify allows 250 tags).
inline constexpr std::size_t kItemImagesMax = 20;
inline constexpr std::size_t kOrderTagsMax = 250;
inline constexpr std::size_t kOrderGatewaysMax = 20;
// The shop's own fields, as JSON text.
inline constexpr std::size_t kReturnMetadataBytesMax = 16UL * 1024;
// Newest lines of a return's history in each snapshot: a busy return has about 30.
inline constexpr std::size_t kTimelineKept = 100;
// Alerts in a snapshot, cleared ones included; the oldest goes first.
inline constexpr std::size_t kReturnAlertsKept = 50;
// Scans of one shipment in a snapshot: a parcel has about 10, a feed that repeats itself more.
inline constexpr std::size_t kScansKept = 100;
// Labels, voided ones included, and their shipments: staff that re-issue more have another problem.
inline constexpr std::size_t kReturnLabelsMax = 50;
// Times that a provider is asked after a close whether a payout arrived: a day of every 5 minutes.
inline constexpr std::int64_t kAfterCloseAsksMax = 288;
// A return as it is stored. A usual one takes 5 KB, the largest that the limits above allow about
// as much as this: 50 parcels with 100 scans, each with texts of 5 KB.
inline constexpr std::size_t kReturnTextBytesMax = 32UL * 1024 * 1024;

// --- Settings of returns ---

// From the trigger to the close. The product advises 12 to 24 hours; a month is no automatism.
inline constexpr std::chrono::hours kAutoCloseDelayMax{720};
// From a close to asking whether its payouts arrived: gateways that refuse late do so within a day.
inline constexpr std::chrono::seconds kAfterCloseCheckMin{1};
inline constexpr std::chrono::seconds kAfterCloseCheckMax{86'400};
// Without the customer's payment for this long there is an alert: up to a year.
inline constexpr std::chrono::hours kPaymentAlertMin{1};
inline constexpr std::chrono::hours kPaymentAlertMax{8'760};

// --- Carriers ---

// A parcel's whole history with every member that a carrier knows is some 50 KB.
inline constexpr std::size_t kCarrierBodyBytesMax = 1024UL * 1024;
// Scans in one body: five long histories, or a batch of a bridge.
inline constexpr std::size_t kCarrierScansMax = 500;
// The longest numbers in use, those of Amazon and of Chinese consolidators, have under 40.
inline constexpr std::size_t kTrackingNumberBytesMax = 100;
// A carrier's sentence about a scan, or the name of a place: longer ones are cut.
inline constexpr std::size_t kScanTextBytesMax = 500;
inline constexpr std::size_t kCarrierWordBytesMax = 64;
inline constexpr std::size_t kCarrierEventIdBytesMax = 128;

// --- Journal ---

// Transitions in one commit: beyond a thousand the fsync is already amortised.
inline constexpr std::size_t kGroupTransitionsMax = 1024;
// Waiting transitions before producers are told 429: about a second of work.
inline constexpr std::size_t kJournalQueueMax = 32'768;
inline constexpr std::size_t kJournalQueueBytesMax = 128UL * 1024 * 1024;

// --- Store ---

// Bodies of the newest events kept by the journal's thread: what a second of events weighs, so that
// a delivery released soon after it was accepted needs no read.
inline constexpr std::size_t kRecentBodiesBytesMax = 16UL * 1024 * 1024;
// Bytes of bodies in one page of events; the page ends early when they are reached.
inline constexpr std::size_t kPageBytesMax = 4UL * 1024 * 1024;
// Index entries that one page may look at before it ends early, with a cursor to go on from: about
// 50 ms, so that a filter that matches almost nothing never holds a thread for longer.
inline constexpr std::size_t kPageEntriesMax = 1'000'000;
// Connections for reading that stay open: as many as may read at once without opening one.
inline constexpr std::size_t kReadersMax = 4;
// Pages of 8 KiB in the write-ahead log before they are copied into the database: longer saves
// writes of pages that change again, shorter keeps reads and restarts fast.
inline constexpr int kCheckpointPages = 1024;
// Idempotency keys forgotten by one transition, so that it stays a short one.
inline constexpr std::size_t kIdempotencyForgottenMax = 1024;

// --- Test clock ---

// Things that one advance may step through: a three-day schedule for 700 deliveries.
inline constexpr std::size_t kTestClockStepsMax = 10'000;

}  // namespace returnflows::limits
