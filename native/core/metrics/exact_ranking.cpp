// walk_pixels: a bucket spans few enough keys to count each of them in a table that fits the cache, and the table is
// walked from the top; the counts above a bucket are known from the deal, so buckets are walked in parallel. Buckets
// that span too many keys are dealt again, sparse ones sorted.
#include "exact_ranking.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "float_key.h"

namespace dinomaly {
namespace {

constexpr int kDealBits = 11;
constexpr int kTableBits = 14;  // tables of 64 KiB, that of the overlaps 128
constexpr size_t kSparse = 32;  // a table is walked whole: not for fewer keys than this share of it

// Keys of one bucket. The bits above `bits` are the same in all.
struct Keys {
  std::span<uint32_t> normal;
  std::span<Positive> anomalous;
  int bits;

  size_t size() const { return normal.size() + anomalous.size(); }
};

uint32_t key_of(uint32_t key) { return key; }
uint32_t key_of(const Positive& positive) { return positive.key; }

class BucketWalk {
 public:
  BucketWalk(RankWalk* walk, const std::vector<double>& weights, const StopToken& stop)
      : walk_(*walk), weights_(weights), stop_(stop) {}

  // Adds the tie groups of `keys` from the highest down. Reorders the keys.
  void walk(Keys keys) {
    if (keys.size() == 0) return;
    const bool sparse = keys.size() < (size_t{1} << std::min(keys.bits, kTableBits)) / kSparse;
    if (sparse) {
      merge_sorted(keys);
    } else if (keys.bits <= kTableBits) {
      count(keys);
    } else {
      deal_again(keys);
    }
  }

 private:
  void add(uint32_t key, double positives, double negatives, double overlap) {
    const double value = key_float(key);
    walk_.add({value, value, {positives, negatives, overlap}});
  }

  void count(const Keys& keys) {
    const size_t size = size_t{1} << keys.bits;
    const auto mask = static_cast<uint32_t>(size - 1);
    const uint32_t first = (keys.normal.empty() ? keys.anomalous[0].key : keys.normal[0]) & ~mask;
    negatives_.assign(size, 0);
    for (const uint32_t key : keys.normal) ++negatives_[key & mask];
    if (keys.anomalous.empty()) {
      for (size_t i = size; i-- > 0;) {
        if (negatives_[i] != 0) add(first + static_cast<uint32_t>(i), 0, negatives_[i], 0);
      }
      return;
    }
    positives_.assign(size, 0);
    overlap_.assign(size, 0);
    for (const Positive& positive : keys.anomalous) {
      ++positives_[positive.key & mask];
      overlap_[positive.key & mask] += weights_[positive.region];
    }
    for (size_t i = size; i-- > 0;) {
      if ((negatives_[i] | positives_[i]) == 0) continue;
      add(first + static_cast<uint32_t>(i), positives_[i], negatives_[i], overlap_[i]);
    }
  }

  void merge_sorted(const Keys& keys) {
    std::sort(keys.normal.begin(), keys.normal.end(), std::greater<>());
    std::sort(keys.anomalous.begin(), keys.anomalous.end(),
              [](const Positive& a, const Positive& b) { return a.key > b.key; });
    auto negative = keys.normal.begin();
    auto positive = keys.anomalous.begin();
    while (negative != keys.normal.end() || positive != keys.anomalous.end()) {
      const bool take_negative =
          positive == keys.anomalous.end() || (negative != keys.normal.end() && *negative >= positive->key);
      const uint32_t key = take_negative ? *negative : positive->key;
      const auto first_negative = negative;
      const auto first_positive = positive;
      double overlap = 0;
      while (negative != keys.normal.end() && *negative == key) ++negative;
      for (; positive != keys.anomalous.end() && positive->key == key; ++positive)
        overlap += weights_[positive->region];
      add(key, static_cast<double>(positive - first_positive), static_cast<double>(negative - first_negative), overlap);
    }
  }

  // Into parts that a table can count, through a copy.
  void deal_again(const Keys& keys) {
    stop_.check();
    const int shift = std::max(kTableBits, keys.bits - kDealBits);
    const size_t parts = size_t{1} << (keys.bits - shift);
    std::vector<uint32_t> normal(keys.normal.size());
    std::vector<Positive> anomalous(keys.anomalous.size());
    const auto normal_parts = deal<uint32_t>(keys.normal, normal, shift, parts);
    const auto anomalous_parts = deal<Positive>(keys.anomalous, anomalous, shift, parts);
    for (size_t i = parts; i-- > 0;) walk({normal_parts[i], anomalous_parts[i], shift});
  }

  // `from` into `to` by the bits from `shift` up; the parts of `to`.
  template <typename Item>
  static std::vector<std::span<Item>> deal(std::span<const Item> from, std::span<Item> to, int shift, size_t parts) {
    const auto mask = static_cast<uint32_t>(parts - 1);
    std::vector<size_t> ends(parts + 1, 0);
    for (const Item& item : from) ++ends[((key_of(item) >> shift) & mask) + 1];
    for (size_t i = 0; i < parts; ++i) ends[i + 1] += ends[i];
    std::vector<std::span<Item>> spans;
    for (size_t i = 0; i < parts; ++i) spans.push_back(to.subspan(ends[i], ends[i + 1] - ends[i]));
    for (const Item& item : from) to[ends[(key_of(item) >> shift) & mask]++] = item;
    return spans;
  }

  RankWalk& walk_;
  const std::vector<double>& weights_;
  const StopToken& stop_;
  std::vector<uint32_t> negatives_, positives_;
  std::vector<double> overlap_;
};

}  // namespace

GridShare grid_share(std::span<const double> grid, double bottom, double top) {
  const auto place = [&](double value) {
    return static_cast<size_t>(std::lower_bound(grid.begin(), grid.end(), value) - grid.begin());
  };
  return {place(bottom), place(top)};
}

RankWalk walk_pixels(const PixelDeal& deal, const PixelScan& scan, const RankContext& context, const StopToken& stop,
                     const ProgressStretch& progress) {
  const size_t buckets = deal.buckets();
  std::vector<RankWalk> walks;
  RankCounts above;
  double top = std::numeric_limits<double>::infinity();
  for (size_t bucket = buckets; bucket-- > 0;) {
    // The lowest bucket takes what is below it too.
    const double bottom = bucket == 0 ? -std::numeric_limits<double>::infinity() : key_float(deal.first_key(bucket));
    walks.emplace_back(context, above, grid_share(context.grid, bottom, top));
    top = bottom;
    above.negatives += static_cast<double>(deal.normal(bucket).size());
    for (const Positive& positive : deal.anomalous(bucket)) above.overlap += scan.weights[positive.region];
    above.positives += static_cast<double>(deal.anomalous(bucket).size());
  }
  run_parallel(static_cast<int64_t>(buckets), stop, progress, [&](int64_t i) {
    const size_t bucket = buckets - 1 - static_cast<size_t>(i);
    RankWalk& walk = walks[static_cast<size_t>(i)];
    BucketWalk(&walk, scan.weights, stop).walk({deal.normal(bucket), deal.anomalous(bucket), deal.shift()});
    walk.end();
  });
  // From the top down, so that the result does not depend on the threads.
  RankWalk all = walks.front();
  for (size_t i = 1; i < walks.size(); ++i) all.merge(walks[i]);
  return all;
}

}  // namespace dinomaly
