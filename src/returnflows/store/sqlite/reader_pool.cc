#include "returnflows/store/sqlite/reader_pool.h"

#include <utility>

#include "returnflows/base/limits.h"

namespace returnflows::sqlite {

Result<std::unique_ptr<Reader>> Reader::open(const ConnectionOptions& options) {
  RF_TRY(std::unique_ptr<Connection> connection, Connection::open(options));
  return std::unique_ptr<Reader>(new Reader(std::move(connection)));
}

Result<Statement*> Reader::statement(std::string_view sql) {
  const auto known = statements_.find(std::string(sql));
  if (known != statements_.end()) return &known->second;
  RF_TRY(Statement statement, connection_->prepare(sql));
  return &statements_.emplace(sql, std::move(statement)).first->second;
}

Result<ReaderPool::Lease> ReaderPool::take() {
  std::unique_ptr<Reader> reader = idle_.with([](auto& idle) -> std::unique_ptr<Reader> {
    if (idle.empty()) return nullptr;
    auto last = std::move(idle.back());
    idle.pop_back();
    return last;
  });
  if (!reader) {
    RF_TRY(reader, Reader::open(options_));
  }
  RF_TRY(Statement * begin, reader->statement("BEGIN"));
  RF_TRY_STATUS(begin->execute());
  return Lease(*this, std::move(reader));
}

ReaderPool::Lease::~Lease() {
  if (reader_) pool_->give_back(std::move(reader_));
}

// A reader whose transaction cannot be ended is thrown away with it.
void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
  const Result<Statement*> end = reader->statement("ROLLBACK");
  if (!end || !(*end)->execute()) return;
  idle_.with([&reader](auto& idle) {
    if (idle.size() < limits::kReadersMax) idle.push_back(std::move(reader));
  });
}

}  // namespace returnflows::sqlite
