#include "counter_pages.h"

#include <algorithm>

namespace dinomaly {
namespace {

// Flags of pages from `first` on, neighbours joined.
std::vector<uint8_t> halved(const std::vector<uint8_t>& flags, size_t first) {
  std::vector<uint8_t> result((first + flags.size() + 1) / 2 - first / 2);
  for (size_t i = 0; i < flags.size(); ++i) result[(first + i) / 2 - first / 2] |= flags[i];
  return result;
}

}  // namespace

CounterPages::CounterPages(int64_t max_bytes)
    : max_bytes_(std::max(max_bytes, kLeastBytes)),
      normal_(size_t{1} << (32 - kPageBits)),
      anomalous_(normal_.size()) {}

void CounterPages::add(const PixelDeal& deal, const std::vector<double>& weights, const StopToken& stop,
                       const ProgressStretch& progress) {
  make_room(touched(deal, stop), stop);
  // A page that grew while bits were dropped may span several buckets: one task fills them.
  std::vector<size_t> groups;
  for (size_t bucket = 0; bucket < deal.buckets(); ++bucket) {
    const bool shared =
        bucket > 0 && deal.first_key(bucket) >> page_bits() == deal.first_key(bucket - 1) >> page_bits();
    if (!shared) groups.push_back(bucket);
  }
  groups.push_back(deal.buckets());
  run_parallel(static_cast<int64_t>(groups.size()) - 1, stop, progress, [&](int64_t task) {
    const auto group = static_cast<size_t>(task);
    for (size_t bucket = groups[group]; bucket < groups[group + 1]; ++bucket) add_bucket(deal, bucket, weights);
  });
}

void CounterPages::add_bucket(const PixelDeal& deal, size_t bucket, const std::vector<double>& weights) {
  constexpr uint32_t kIndex = kPageSize - 1;
  for (const uint32_t key : deal.normal(bucket)) {
    std::unique_ptr<NormalPage>& page = normal_[key >> page_bits()];
    if (!page) page = std::make_unique<NormalPage>();
    page->counts.add((key >> dropped_bits_) & kIndex, 1);
  }
  for (const Positive& positive : deal.anomalous(bucket)) {
    std::unique_ptr<AnomalousPage>& page = anomalous_[positive.key >> page_bits()];
    if (!page) page = std::make_unique<AnomalousPage>();
    const uint32_t index = (positive.key >> dropped_bits_) & kIndex;
    page->counts.add(index, 1);
    page->overlap[index] += weights[positive.region];
  }
}

CounterPages::Touched CounterPages::touched(const PixelDeal& deal, const StopToken& stop) const {
  const auto page_of = [this](uint32_t key) { return size_t{key >> page_bits()}; };
  const size_t first = page_of(deal.first_key(0));
  const size_t end = page_of(deal.first_key(deal.buckets() - 1)) + (size_t{1} << (deal.shift() - page_bits()));
  Touched result{first, std::vector<uint8_t>(end - first), std::vector<uint8_t>(end - first)};
  run_parallel(static_cast<int64_t>(deal.buckets()), stop, [&](int64_t i) {
    const auto bucket = static_cast<size_t>(i);
    for (const uint32_t key : deal.normal(bucket)) result.normal[page_of(key) - first] = 1;
    for (const Positive& positive : deal.anomalous(bucket)) result.anomalous[page_of(positive.key) - first] = 1;
  });
  return result;
}

int64_t CounterPages::bytes_with(const Touched& touched) const {
  int64_t bytes = bytes_;
  for (size_t i = 0; i < touched.normal.size(); ++i) {
    const size_t page = touched.first + i;
    if (touched.normal[i] != 0 && !normal_[page]) bytes += static_cast<int64_t>(sizeof(NormalPage));
    if (touched.anomalous[i] != 0 && !anomalous_[page]) bytes += static_cast<int64_t>(sizeof(AnomalousPage));
  }
  return bytes;
}

void CounterPages::make_room(Touched touched, const StopToken& stop) {
  while (bytes_with(touched) > max_bytes_ && dropped_bits_ < kMostDropped) {
    stop.check();
    drop_bit();
    touched = {touched.first / 2, halved(touched.normal, touched.first), halved(touched.anomalous, touched.first)};
  }
  bytes_ = bytes_with(touched);
}

void CounterPages::drop_bit() {
  constexpr uint32_t kHalf = kPageSize / 2;
  bytes_ = 0;
  for (size_t page = 0; page < normal_.size(); ++page) {
    const auto old_normal = std::move(normal_[page]);
    const auto old_anomalous = std::move(anomalous_[page]);
    const uint32_t offset = page % 2 == 0 ? 0 : kHalf;
    if (old_normal) {
      std::unique_ptr<NormalPage>& target = normal_[page / 2];
      if (!target) {
        target = std::make_unique<NormalPage>();
        bytes_ += static_cast<int64_t>(sizeof(NormalPage));
      }
      for (uint32_t i = 0; i < kPageSize; ++i) target->counts.add(offset + i / 2, old_normal->counts.at(i));
    }
    if (old_anomalous) {
      std::unique_ptr<AnomalousPage>& target = anomalous_[page / 2];
      if (!target) {
        target = std::make_unique<AnomalousPage>();
        bytes_ += static_cast<int64_t>(sizeof(AnomalousPage));
      }
      for (uint32_t i = 0; i < kPageSize; ++i) {
        target->counts.add(offset + i / 2, old_anomalous->counts.at(i));
        target->overlap[offset + i / 2] += old_anomalous->overlap[i];
      }
    }
  }
  normal_.resize(normal_.size() / 2);
  anomalous_.resize(normal_.size());
  ++dropped_bits_;
}

std::vector<uint32_t> CounterPages::pages() const {
  std::vector<uint32_t> result;
  for (size_t page = normal_.size(); page-- > 0;) {
    if (normal_[page] || anomalous_[page]) result.push_back(static_cast<uint32_t>(page));
  }
  return result;
}

RankCounts CounterPages::total(uint32_t page) const {
  RankCounts total;
  visit(page, [&](uint32_t, uint32_t, const RankCounts& counts) { total.add(counts); });
  return total;
}

}  // namespace dinomaly
