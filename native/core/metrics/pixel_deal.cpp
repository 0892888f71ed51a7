#include "pixel_deal.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "float_key.h"

namespace dinomaly {
namespace {

constexpr int kBucketBits = 11;
constexpr int64_t kPixelsPerTask = 1 << 20;
constexpr int64_t kMaxTasks = 256;  // each has counters of its own, 64 KiB

using Counts = std::vector<size_t>;

// Turns the counts of each task into the places where its items go, and gives the starts of the buckets.
std::vector<size_t> place(std::vector<Counts>* tasks, size_t buckets) {
  std::vector<size_t> starts;
  size_t at = 0;
  for (size_t bucket = 0; bucket < buckets; ++bucket) {
    starts.push_back(at);
    for (Counts& task : *tasks) at += std::exchange(task[bucket], at);
  }
  starts.push_back(at);
  return starts;
}

}  // namespace

PixelDeal::PixelDeal(const MetricsInput& input, const PixelScan& scan, size_t begin, size_t end, int least_shift,
                     const StopToken& stop, const ProgressStretch& progress)
    : input_(input), scan_(scan), begin_(begin) {
  const uint32_t lowest = float_key(scan.lowest), highest = float_key(scan.highest);
  shift_ = std::max(least_shift, static_cast<int>(std::bit_width(highest - lowest)) - kBucketBits);
  base_ = (lowest >> shift_) << shift_;
  buckets_ = bucket(highest) + 1;
  for (size_t picture = begin; picture < end; ++picture) {
    starts_.push_back(pixels_);
    pixels_ += input.pixels_of(picture);
  }
  tasks_ = std::clamp<int64_t>(pixels_ / kPixelsPerTask, 1, kMaxTasks);
  deal(stop, progress);
}

// Calls normal(key) and anomalous(key, region) for the pixels of a task, in their order.
template <typename VisitNormal, typename VisitAnomalous>
void PixelDeal::visit_task(int64_t task, const VisitNormal& normal, const VisitAnomalous& anomalous) const {
  const int64_t begin = pixels_ * task / tasks_, end = pixels_ * (task + 1) / tasks_;
  auto start = std::upper_bound(starts_.begin(), starts_.end(), begin) - 1;
  for (int64_t at = begin; at < end; ++start) {
    const size_t picture = begin_ + static_cast<size_t>(start - starts_.begin());
    const int64_t from = at - *start;
    const int64_t to = std::min(input_.pixels_of(picture), from + end - at);
    visit_part(picture, from, to, normal, anomalous);
    at += to - from;
  }
}

// Pixels [from, to) of a picture.
template <typename VisitNormal, typename VisitAnomalous>
void PixelDeal::visit_part(size_t picture, int64_t from, int64_t to, const VisitNormal& normal,
                           const VisitAnomalous& anomalous) const {
  const float* map = input_.maps[picture].data();
  const std::vector<Run>& runs = scan_.regions[picture].runs;
  const uint32_t first_region = scan_.first_region[picture];
  const int64_t width = input_.width_of(picture);
  const auto place_of = [&](const Run& run, int32_t x) { return run.row * width + x; };
  auto run =
      std::partition_point(runs.begin(), runs.end(), [&](const Run& one) { return place_of(one, one.end) <= from; });
  for (int64_t at = from; at < to; ++run) {
    const bool last = run == runs.end();
    for (const int64_t stop = last ? to : std::min(to, place_of(*run, run->begin)); at < stop; ++at) {
      normal(float_key(map[at]));
    }
    if (last) return;
    const uint32_t region = first_region + static_cast<uint32_t>(run->region);
    for (const int64_t stop = std::min(to, place_of(*run, run->end)); at < stop; ++at) {
      anomalous(float_key(map[at]), region);
    }
  }
}

void PixelDeal::deal(const StopToken& stop, const ProgressStretch& progress) {
  std::vector<Counts> normal(static_cast<size_t>(tasks_)), anomalous(static_cast<size_t>(tasks_));
  run_parallel(tasks_, stop, progress.part(0, 0.3), [&](int64_t task) {
    Counts normal_counts(buckets_, 0), anomalous_counts(buckets_, 0);
    visit_task(
        task, [&](uint32_t key) { ++normal_counts[bucket(key)]; },
        [&](uint32_t key, uint32_t) { ++anomalous_counts[bucket(key)]; });
    normal[static_cast<size_t>(task)] = std::move(normal_counts);
    anomalous[static_cast<size_t>(task)] = std::move(anomalous_counts);
  });
  normal_starts_ = place(&normal, buckets_);
  anomalous_starts_ = place(&anomalous, buckets_);
  // Not cleared: every item is written below.
  normal_.reset(new uint32_t[normal_starts_.back()]);
  anomalous_.reset(new Positive[anomalous_starts_.back()]);
  run_parallel(tasks_, stop, progress.part(0.3, 1), [&](int64_t task) {
    size_t* const normal_at = normal[static_cast<size_t>(task)].data();
    size_t* const anomalous_at = anomalous[static_cast<size_t>(task)].data();
    uint32_t* const keys = normal_.get();
    Positive* const positives = anomalous_.get();
    visit_task(
        task, [&](uint32_t key) { keys[normal_at[bucket(key)]++] = key; },
        [&](uint32_t key, uint32_t region) { positives[anomalous_at[bucket(key)]++] = {key, region}; });
  });
}

}  // namespace dinomaly
