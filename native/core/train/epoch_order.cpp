#include "epoch_order.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "../error.h"

namespace dinomaly {

EpochOrder::EpochOrder(uint64_t seed, int64_t image_count, int64_t batch_size)
    : seed_(seed), image_count_(image_count), batch_size_(std::min(image_count, batch_size)) {
  if (image_count < 1) throw Error("INVALID_INPUT", "Expected at least one training picture");
  if (batch_size < 1) throw Error("INVALID_INPUT", "Expected a batch of at least one picture");
}

std::vector<int64_t> EpochOrder::permutation(int64_t epoch) const {
  std::vector<int64_t> order(image_count_);
  std::iota(order.begin(), order.end(), 0);
  std::seed_seq seeds{static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32), static_cast<uint32_t>(epoch),
                      static_cast<uint32_t>(static_cast<uint64_t>(epoch) >> 32)};
  std::mt19937_64 random(seeds);
  // Not std::shuffle, whose draws differ between standard libraries. The modulo's bias is below 1e-12 here.
  for (int64_t i = image_count_ - 1; i > 0; --i) {
    std::swap(order[i], order[random() % static_cast<uint64_t>(i + 1)]);
  }
  return order;
}

std::vector<int64_t> EpochOrder::batch(int64_t step) const {
  const int64_t batches = image_count_ / batch_size_;
  const int64_t epoch = step / batches;
  const int slot = static_cast<int>(epoch % 2);
  if (cached_epoch_[slot] != epoch) {
    cached_[slot] = permutation(epoch);
    cached_epoch_[slot] = epoch;
  }
  const auto first = cached_[slot].begin() + (step % batches) * batch_size_;
  return {first, first + batch_size_};
}

}  // namespace dinomaly
