#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/base/limits.h"

namespace returnflows {

// The series of one metric family by the values of its labels. Finding a series that exists takes
// no lock and no allocation; a new one is made under a lock. At most limits::kMetricSeriesMax are
// made, after that everything is counted in one series whose labels all say "other".
//
// Thread: any.
template <class Metric, std::size_t kLabelCount>
class SeriesTable {
 public:
  using Names = std::array<std::string_view, kLabelCount>;
  using Values = std::array<std::string_view, kLabelCount>;
  using Labels = std::map<std::string, std::string>;
  using Make = std::move_only_function<Metric&(const Labels&)>;

  // `make` adds a series to the family; what it returns lives as long as the table.
  SeriesTable(Names names, Make make) : names_(names), make_(std::move(make)) {}

  Metric& at(const Values& values) {
    const std::size_t start = hash_of(values);
    for (std::size_t step = 0; step < kSlotCount; ++step) {
      const Entry* entry = slots_[(start + step) % kSlotCount].load(std::memory_order_acquire);
      if (entry == nullptr) return add(values, start);
      if (entry->matches(values)) return *entry->metric;
    }
    return add(values, start);
  }

 private:
  // Twice the entries, so that a probe is short.
  static constexpr std::size_t kSlotCount = 2 * limits::kMetricSeriesMax;

  struct Entry {
    std::array<std::string, kLabelCount> values;
    Metric* metric = nullptr;

    bool matches(const Values& wanted) const {
      for (std::size_t i = 0; i < kLabelCount; ++i) {
        if (values[i] != wanted[i]) return false;
      }
      return true;
    }
  };

  static std::size_t hash_of(const Values& values) {
    std::size_t hash = 0;
    for (const std::string_view value : values) {
      hash = hash * 31 + std::hash<std::string_view>{}(value);
    }
    return hash;
  }

  Metric& add(const Values& values, std::size_t start) {
    const std::scoped_lock lock(mutex_);
    std::size_t slot = start % kSlotCount;
    while (const Entry* entry = slots_[slot].load(std::memory_order_relaxed)) {
      if (entry->matches(values)) return *entry->metric;  // Another thread was faster.
      slot = (slot + 1) % kSlotCount;
    }
    if (entries_.size() >= limits::kMetricSeriesMax) return other();
    entries_.push_back(std::make_unique<Entry>());
    Entry& entry = *entries_.back();
    for (std::size_t i = 0; i < kLabelCount; ++i) {
      entry.values[i] = values[i];
    }
    entry.metric = &make_(labels_of(values));
    slots_[slot].store(&entry, std::memory_order_release);
    return *entry.metric;
  }

  Metric& other() {
    if (other_ == nullptr) {
      Values values;
      values.fill("other");
      other_ = &make_(labels_of(values));
    }
    return *other_;
  }

  Labels labels_of(const Values& values) const {
    Labels labels;
    for (std::size_t i = 0; i < kLabelCount; ++i) {
      labels.emplace(names_[i], values[i]);
    }
    return labels;
  }

  Names names_;
  std::array<std::atomic<const Entry*>, kSlotCount> slots_{};
  std::mutex mutex_;
  Make make_;
  std::vector<std::unique_ptr<Entry>> entries_;
  Metric* other_ = nullptr;
};

}  // namespace returnflows
