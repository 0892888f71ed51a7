// Encoder features of the training pictures. The encoder is frozen and there is no augmentation, so each picture needs
// to pass it once: what Network::encode gives is kept, two group means with the paper's groups. Bounded: when the
// budget is used up, further pictures are encoded anew each time.
#pragma once

#include <ATen/core/Tensor.h>

#include <mutex>
#include <optional>
#include <vector>

namespace dinomaly {

// Thread-safe: the executor fills it while the JavaScript thread asks what is missing.
class FeatureCache {
 public:
  FeatureCache(int64_t image_count, int64_t budget_bytes);

  // Replaces the budget. What is kept already stays, and counts.
  void set_budget(int64_t bytes);

  bool contains(int64_t index) const;
  // [F, N, C], or nothing.
  std::optional<at::Tensor> find(int64_t index) const;
  // Keeps the features unless the budget is used up; they must own their memory.
  void insert(int64_t index, at::Tensor features);

 private:
  mutable std::mutex mutex_;
  std::vector<at::Tensor> entries_;
  int64_t budget_bytes_;
  int64_t used_bytes_ = 0;
};

}  // namespace dinomaly
