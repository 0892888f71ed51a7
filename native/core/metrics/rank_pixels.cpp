// rank_pixels: see ranking.h.
//
// A comparison sort of all pixels would take minutes on large sets. Here the keys (float_key, less the smallest) are
// dealt once into buckets by their upper bits, negatives and positives apart. A bucket spans few enough keys to count
// each of them in a table that fits the cache, and the table is walked from the top; the counts above a bucket are
// known from the deal, so buckets are walked in parallel. Buckets that span too many keys are dealt again, sparse ones
// sorted.
#include <algorithm>
#include <bit>
#include <functional>
#include <memory>
#include <utility>

#include "../parallel.h"
#include "float_key.h"
#include "ranking.h"

namespace dinomaly {
namespace {

constexpr int kBucketBits = 11;
constexpr int kTableBits = 14;  // two tables of 64 KiB
constexpr size_t kSparse = 32;  // a table is walked whole: not for fewer keys than this share of it
constexpr int64_t kPixelsPerTask = 1 << 20;
constexpr int64_t kMaxTasks = 256;  // each has counters of its own, 32 KiB

// Keys of one bucket. The bits above `bits` are the same in all.
struct Keys {
  std::span<uint32_t> negatives, positives;
  int bits;

  size_t size() const { return negatives.size() + positives.size(); }
};

class Walker {
 public:
  Walker(RankingSums* sums, const StopToken& stop) : sums_(*sums), stop_(stop) {}

  // Adds the tie groups of `keys` from the highest down. Reorders the keys.
  void walk(Keys keys) {
    if (keys.size() == 0) return;
    const bool sparse = keys.size() < (size_t{1} << std::min(keys.bits, kTableBits)) / kSparse;
    if (keys.bits == 0) {
      sums_.add(static_cast<double>(keys.positives.size()), static_cast<double>(keys.negatives.size()));
    } else if (sparse) {
      merge_sorted(keys);
    } else if (keys.bits <= kTableBits) {
      count(keys);
    } else {
      deal_again(keys);
    }
  }

 private:
  void count(const Keys& keys) {
    const size_t size = size_t{1} << keys.bits;
    const auto mask = static_cast<uint32_t>(size - 1);
    negatives_.assign(size, 0);
    positives_.assign(size, 0);
    for (const uint32_t key : keys.negatives) ++negatives_[key & mask];
    for (const uint32_t key : keys.positives) ++positives_[key & mask];
    for (size_t i = size; i-- > 0;) {
      if ((negatives_[i] | positives_[i]) != 0) sums_.add(positives_[i], negatives_[i]);
    }
  }

  void merge_sorted(const Keys& keys) {
    std::sort(keys.negatives.begin(), keys.negatives.end(), std::greater<>());
    std::sort(keys.positives.begin(), keys.positives.end(), std::greater<>());
    auto negative = keys.negatives.begin();
    auto positive = keys.positives.begin();
    while (negative != keys.negatives.end() || positive != keys.positives.end()) {
      const bool take_negative =
          positive == keys.positives.end() || (negative != keys.negatives.end() && *negative >= *positive);
      const uint32_t key = take_negative ? *negative : *positive;
      const auto first_negative = negative, first_positive = positive;
      while (negative != keys.negatives.end() && *negative == key) ++negative;
      while (positive != keys.positives.end() && *positive == key) ++positive;
      sums_.add(static_cast<double>(positive - first_positive), static_cast<double>(negative - first_negative));
    }
  }

  // Into parts that a table can count, through a copy.
  void deal_again(const Keys& keys) {
    stop_.check();
    const int shift = std::max(kTableBits, keys.bits - kBucketBits);
    const size_t parts = size_t{1} << (keys.bits - shift);
    std::vector<uint32_t> dealt(keys.size());
    const std::span<uint32_t> all(dealt);
    const auto negatives = deal(keys.negatives, all.first(keys.negatives.size()), shift, parts);
    const auto positives = deal(keys.positives, all.last(keys.positives.size()), shift, parts);
    for (size_t i = parts; i-- > 0;) walk({negatives[i], positives[i], shift});
  }

  // `from` into `to` by the bits from `shift` up; the parts of `to`.
  static std::vector<std::span<uint32_t>> deal(std::span<const uint32_t> from, std::span<uint32_t> to, int shift,
                                               size_t parts) {
    const auto mask = static_cast<uint32_t>(parts - 1);
    std::vector<size_t> ends(parts + 1, 0);
    for (const uint32_t key : from) ++ends[((key >> shift) & mask) + 1];
    for (size_t i = 0; i < parts; ++i) ends[i + 1] += ends[i];
    std::vector<std::span<uint32_t>> spans;
    for (size_t i = 0; i < parts; ++i) spans.push_back(to.subspan(ends[i], ends[i + 1] - ends[i]));
    for (const uint32_t key : from) to[ends[(key >> shift) & mask]++] = key;
    return spans;
  }

  RankingSums& sums_;
  const StopToken& stop_;
  std::vector<uint32_t> negatives_, positives_;
};

// The first deal, over all pictures.
class PixelDeal {
 public:
  PixelDeal(const std::vector<std::span<const float>>& maps, const std::vector<std::span<const uint8_t>>& masks,
            float lowest, float highest)
      : maps_(maps), masks_(masks), base_(float_key(lowest)) {
    const int bits = static_cast<int>(std::bit_width(float_key(highest) - base_));
    shift_ = std::max(0, bits - kBucketBits);
    buckets_ = size_t{1} << (bits - shift_);
    pixels_per_map_ = static_cast<int64_t>(maps[0].size());
    pixels_ = pixels_per_map_ * static_cast<int64_t>(maps.size());
    tasks_ = std::clamp<int64_t>(pixels_ / kPixelsPerTask, 1, kMaxTasks);
  }

  RankMetrics run(const StopToken& stop) {
    deal(stop);
    // Counts above each bucket.
    std::vector<RankingSums> sums;
    double positives = 0, negatives = 0;
    const double all_positives = count_positives();
    for (size_t bucket = buckets_; bucket-- > 0;) {
      sums.emplace_back(all_positives, positives, negatives);
      positives += static_cast<double>(slot(2 * bucket + 1).size());
      negatives += static_cast<double>(slot(2 * bucket).size());
    }
    run_parallel(static_cast<int64_t>(buckets_), stop, [&](int64_t i) {
      const size_t bucket = buckets_ - 1 - static_cast<size_t>(i);
      Walker(&sums[static_cast<size_t>(i)], stop).walk({slot(2 * bucket), slot(2 * bucket + 1), shift_});
    });
    // In bucket order, so that the result does not depend on the threads.
    RankingSums total(all_positives, 0, 0);
    for (const RankingSums& part : sums) total.merge(part);
    return total.metrics(positives, negatives);
  }

 private:
  // Calls visit(key, slot) for the pixels of a task; slots are bucket x 2 + (1 where anomalous).
  template <typename Visit>
  void visit_task(int64_t task, const Visit& visit) const {
    const int64_t begin = pixels_ * task / tasks_, end = pixels_ * (task + 1) / tasks_;
    for (int64_t at = begin; at < end;) {
      const int64_t picture = at / pixels_per_map_, first = at % pixels_per_map_;
      const int64_t count = std::min(end - at, pixels_per_map_ - first);
      const float* values = maps_[static_cast<size_t>(picture)].data() + first;
      const uint8_t* mask = masks_[static_cast<size_t>(picture)].data() + first;
      for (int64_t i = 0; i < count; ++i) {
        const uint32_t key = float_key(values[i]) - base_;
        visit(key, 2 * (key >> shift_) + (mask[i] != 0 ? 1u : 0u));
      }
      at += count;
    }
  }

  void deal(const StopToken& stop) {
    const size_t slots = 2 * buckets_;
    std::vector<std::vector<size_t>> cursors(static_cast<size_t>(tasks_));
    run_parallel(tasks_, stop, [&](int64_t task) {
      std::vector<size_t> counts(slots, 0);
      visit_task(task, [&](uint32_t, size_t slot) { ++counts[slot]; });
      cursors[static_cast<size_t>(task)] = std::move(counts);
    });
    starts_.assign(slots + 1, 0);
    size_t at = 0;
    for (size_t slot = 0; slot < slots; ++slot) {
      starts_[slot] = at;
      for (std::vector<size_t>& task : cursors) at += std::exchange(task[slot], at);
    }
    starts_[slots] = at;
    keys_.reset(new uint32_t[at]);  // not cleared: every key is written below
    run_parallel(tasks_, stop, [&](int64_t task) {
      size_t* const to = cursors[static_cast<size_t>(task)].data();
      uint32_t* const keys = keys_.get();
      visit_task(task, [&](uint32_t key, size_t slot) { keys[to[slot]++] = key; });
    });
  }

  std::span<uint32_t> slot(size_t index) const {
    return {keys_.get() + starts_[index], starts_[index + 1] - starts_[index]};
  }

  double count_positives() const {
    size_t count = 0;
    for (size_t bucket = 0; bucket < buckets_; ++bucket) count += slot(2 * bucket + 1).size();
    return static_cast<double>(count);
  }

  const std::vector<std::span<const float>>& maps_;
  const std::vector<std::span<const uint8_t>>& masks_;
  uint32_t base_;
  int shift_ = 0;
  size_t buckets_ = 0;
  int64_t pixels_per_map_ = 0, pixels_ = 0, tasks_ = 0;
  std::vector<size_t> starts_;  // of each slot within the keys
  std::unique_ptr<uint32_t[]> keys_;
};

}  // namespace

RankMetrics rank_pixels(const std::vector<std::span<const float>>& maps,
                        const std::vector<std::span<const uint8_t>>& masks, float lowest, float highest,
                        const StopToken& stop) {
  return PixelDeal(maps, masks, lowest, highest).run(stop);
}

}  // namespace dinomaly
