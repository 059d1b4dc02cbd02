#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/connection.h"

namespace returnflows::sqlite {

// One step of the schema, forward only. Released steps never change.
struct SchemaStep {
  int version;
  std::string_view summary;
  const char* sql;
};

// All steps that this binary knows, by ascending version.
std::span<const SchemaStep> schema_steps();

// The version of the file behind `connection`; 0 for an empty one.
// Errors: kInvalidInput when it is a database of another program; kConflict when its schema is
// newer than this binary.
Result<int> read_schema_version(Connection& connection);

// Brings the file up to the newest version, one transaction for each step.
// Errors: those of read_schema_version(), and of the database.
Status migrate_schema(Connection& connection);

// Rows of events and deliveries with the same `id >> kBucketShift` are one bucket: the leading
// column of the indexes of deliveries, and what a filter of the event log stands for. 16,384 rows
// make a bucket's part of an index some 40 pages, which stay in the page cache while the bucket is
// being filled.
//
// The indexes of the event log hold hashes, so that each new entry goes to another page of what is
// being filled; they begin with a smaller part, the chunk of 1,024 rows, which is three pages.
// Source: docs/formats/sqlite_schema.md#buckets.
inline constexpr int kBucketShift = 14;
inline constexpr int kChunkShift = 10;

inline constexpr std::int64_t bucket_of(std::int64_t id) {
  return id >> kBucketShift;
}

inline constexpr std::int64_t chunk_of(std::int64_t id) {
  return id >> kChunkShift;
}

// The chunks of a bucket.
inline constexpr std::int64_t kChunksPerBucket = std::int64_t{1} << (kBucketShift - kChunkShift);

inline constexpr std::int64_t first_chunk_of(std::int64_t bucket) {
  return bucket * kChunksPerBucket;
}

}  // namespace returnflows::sqlite
