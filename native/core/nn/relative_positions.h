// Relative positions of BEiT: a bias on the logits of attention that depends on how far apart two patches are.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinomaly {

// Rows of a table beside those of its grid of distances: the class token looking at a patch, the reverse, and class to
// class.
inline constexpr int64_t kClassRows = 3;

// Legend: H heads, h x w patch grid, N = 1 + h * w tokens (the class token, then the patches row by row).
class RelativePositions {
 public:
  // table [(2h - 1) (2w - 1) + kClassRows, H]: the grid of distances (query minus key, y then x), then the others.
  RelativePositions(const at::Tensor& table, int64_t grid_height, int64_t grid_width);

  // [1, H, N, N] in `type`, made anew unless keep_bias() has kept it.
  at::Tensor bias(at::ScalarType type) const;

  // For an attention that takes the bias as a tensor: it takes up H N^2 numbers.
  void keep_bias(at::ScalarType type) { kept_ = bias(type); }

  // The logits' bias of one query over all keys, fp32 [N], written to `out`. On the CPU, any thread.
  void row(int64_t head, int64_t query, float* out) const;

 private:
  int64_t height_, width_;
  at::Tensor table_;
  at::Tensor
      turned_;        // fp32 [H, 2h - 1, 2w - 1], x from the largest distance on: keys of a row lie one after the other
  at::Tensor class_;  // fp32 [H, 3]
  at::Tensor kept_;
};

// For each pair of 1 + h * w tokens its row in the table, int64 [N * N].
at::Tensor relative_position_index(int64_t grid_height, int64_t grid_width, at::Device device);

// The table of a window of side M for an h x w window: its grid part resized bicubic, its last three rows kept.
at::Tensor resize_relative_positions(const at::Tensor& table, int64_t side, int64_t grid_height, int64_t grid_width);

}  // namespace dinomaly
