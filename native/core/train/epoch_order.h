// Which pictures each step sees: a seeded shuffle every epoch, last partial batch dropped. A pure function of seed and
// step, so a resumed run needs no stored state.
#pragma once

#include <cstdint>
#include <vector>

namespace dinomaly {

class EpochOrder {
 public:
  // A batch larger than the set is the whole set.
  EpochOrder(uint64_t seed, int64_t image_count, int64_t batch_size);

  int64_t batch_size() const { return batch_size_; }

  // Indices in [0, image_count) of a 0-based step.
  std::vector<int64_t> batch(int64_t step) const;

 private:
  std::vector<int64_t> permutation(int64_t epoch) const;

  uint64_t seed_;
  int64_t image_count_;
  int64_t batch_size_;
  // The look-ahead straddles at most two epochs; each is drawn once.
  mutable int64_t cached_epoch_[2] = {-1, -1};
  mutable std::vector<int64_t> cached_[2];
};

}  // namespace dinomaly
