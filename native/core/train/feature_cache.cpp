#include "feature_cache.h"

namespace dinomaly {

FeatureCache::FeatureCache(int64_t image_count, int64_t budget_bytes)
    : entries_(image_count), budget_bytes_(budget_bytes) {}

void FeatureCache::set_budget(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  budget_bytes_ = bytes;
}

bool FeatureCache::contains(int64_t index) const { return find(index).has_value(); }

std::optional<at::Tensor> FeatureCache::find(int64_t index) const {
  const std::lock_guard lock(mutex_);
  const at::Tensor& entry = entries_.at(index);
  return entry.defined() ? std::optional(entry) : std::nullopt;
}

void FeatureCache::insert(int64_t index, at::Tensor features) {
  const std::lock_guard lock(mutex_);
  const auto bytes = static_cast<int64_t>(features.nbytes());
  if (entries_.at(index).defined() || used_bytes_ + bytes > budget_bytes_) return;
  used_bytes_ += bytes;
  entries_[index] = std::move(features);
}

}  // namespace dinomaly
