// Counters of pixels by the key of their value (float_key), in pages that are made when a value first falls into them.
// While they fit, every key has a counter and the counts are a lossless sort. Once they would not, the lowest bit of
// all keys is dropped and neighbours are added up, as often as it takes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "pixel_deal.h"
#include "rank_step.h"

namespace dinomaly {

// Counters of one page: 32 bits each, and what overflowed beside, so that 7.5e9 equal pixels are no limit.
class PageCounters {
 public:
  static constexpr size_t kSize = size_t{1} << 14;

  void add(uint32_t index, uint64_t count) {
    const uint64_t sum = counts_[index] + count;
    counts_[index] = static_cast<uint32_t>(sum);
    if (sum >> 32 != 0) carries_[index] += sum >> 32;
  }
  uint64_t at(uint32_t index) const {
    const uint64_t low = counts_[index];
    if (carries_.empty()) return low;
    const auto carry = carries_.find(index);
    return carry == carries_.end() ? low : low + (carry->second << 32);
  }

 private:
  std::array<uint32_t, kSize> counts_{};
  std::unordered_map<uint32_t, uint64_t> carries_;
};

class CounterPages {
 public:
  static constexpr int kPageBits = 14;
  static constexpr int64_t kLeastBytes = 1 << 20;

  // At most `max_bytes` of counters, at least kLeastBytes.
  explicit CounterPages(int64_t max_bytes);

  // Keys are dealt into buckets of at least as many bits, so that a page is filled by one thread.
  int page_bits() const { return kPageBits + dropped_bits_; }
  int dropped_bits() const { return dropped_bits_; }
  int64_t bytes() const { return bytes_; }

  // The counts do not depend on the number of threads. Not undone where it throws: ABORTED, or no memory.
  void add(const PixelDeal& deal, const std::vector<double>& weights, const StopToken& stop,
           const ProgressStretch& progress);

  // Numbers of the pages that hold something, from the highest keys down.
  std::vector<uint32_t> pages() const;
  // First key of a page; page 2^18 would begin behind the last.
  uint64_t first_key(uint32_t page) const { return uint64_t{page} << page_bits(); }
  RankCounts total(uint32_t page) const;
  // Calls visit(first key, last key, counts) for the bins of a page that hold something, from the highest down.
  template <typename Visit>
  void visit(uint32_t page, const Visit& visit) const;

 private:
  static constexpr size_t kPageSize = PageCounters::kSize;
  static_assert(kPageSize == size_t{1} << kPageBits);
  static constexpr int kMostDropped = 17;  // leaves two pages

  struct NormalPage {
    PageCounters counts;
  };
  struct AnomalousPage {
    PageCounters counts;
    std::array<double, kPageSize> overlap{};
  };
  // Which pages a deal needs, of those from `first` on: a deal of few values looks at few.
  struct Touched {
    size_t first;
    std::vector<uint8_t> normal, anomalous;
  };

  Touched touched(const PixelDeal& deal, const StopToken& stop) const;
  int64_t bytes_with(const Touched& touched) const;
  // Drops bits until the pages fit, and counts them in.
  void make_room(Touched touched, const StopToken& stop);
  void drop_bit();
  void add_bucket(const PixelDeal& deal, size_t bucket, const std::vector<double>& weights);

  const int64_t max_bytes_;
  int dropped_bits_ = 0;
  int64_t bytes_ = 0;  // of all pages, with those that are about to be made
  std::vector<std::unique_ptr<NormalPage>> normal_;
  std::vector<std::unique_ptr<AnomalousPage>> anomalous_;
};

template <typename Visit>
void CounterPages::visit(uint32_t page, const Visit& visit) const {
  const NormalPage* normal = normal_[page].get();
  const AnomalousPage* anomalous = anomalous_[page].get();
  for (uint32_t i = kPageSize; i-- > 0;) {
    RankCounts counts;
    if (normal != nullptr) counts.negatives = static_cast<double>(normal->counts.at(i));
    if (anomalous != nullptr) {
      counts.positives = static_cast<double>(anomalous->counts.at(i));
      counts.overlap = anomalous->overlap[i];
    }
    if (counts.negatives == 0 && counts.positives == 0) continue;
    const uint64_t first = first_key(page) + (uint64_t{i} << dropped_bits_);
    visit(static_cast<uint32_t>(first), static_cast<uint32_t>(first + (uint64_t{1} << dropped_bits_) - 1), counts);
  }
}

}  // namespace dinomaly
