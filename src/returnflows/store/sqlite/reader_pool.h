#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "returnflows/base/guarded.h"
#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/connection.h"

namespace returnflows::sqlite {

// A connection for reading, with the statements that were prepared on it so far.
class Reader {
 public:
  static Result<std::unique_ptr<Reader>> open(const ConnectionOptions& options);

  // The statement of `sql`, prepared once. `sql` must be one of few texts, never made of input.
  Result<Statement*> statement(std::string_view sql);

 private:
  explicit Reader(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  std::unique_ptr<Connection> connection_;
  std::unordered_map<std::string, Statement> statements_;  // After it: they must go first.
};

// Lends readers to the threads of the storage pool: one reader, one thread at a time.
// Thread: any.
class ReaderPool {
 public:
  ReaderPool(std::filesystem::path file, std::string vfs, std::atomic<std::uint64_t>& executed)
      : options_{.file = std::move(file),
                 .vfs = std::move(vfs),
                 .role = ConnectionRole::kReader,
                 .executed = &executed} {}

  // A reader within a read transaction: everything that is read through it belongs to one moment.
  // Goes back to the pool when it dies.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Reader> reader)
        : pool_(&pool), reader_(std::move(reader)) {}

    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    Reader& operator*() const { return *reader_; }

    Reader* operator->() const { return reader_.get(); }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Reader> reader_;
  };

  // Takes an idle reader or opens another one.
  Result<Lease> take();

 private:
  void give_back(std::unique_ptr<Reader> reader);

  ConnectionOptions options_;
  Guarded<std::vector<std::unique_ptr<Reader>>> idle_;
};

}  // namespace returnflows::sqlite
