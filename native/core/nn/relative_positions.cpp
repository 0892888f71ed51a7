#include "relative_positions.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace dinomaly {
namespace {

// Kernels of GPUs load several numbers at a time: rows of a bias begin at multiples of so many.
constexpr int64_t kAligned = 8;

// [n, n]: query minus key, from 0.
at::Tensor distances(int64_t n, const at::TensorOptions& options) {
  const at::Tensor places = at::arange(n, options);
  return places.view({-1, 1}) - places.view({1, -1}) + (n - 1);
}

}  // namespace

at::Tensor relative_position_index(int64_t grid_height, int64_t grid_width, at::Device device) {
  const at::TensorOptions options = at::TensorOptions().dtype(at::kLong).device(device);
  const int64_t area = grid_height * grid_width;
  const int64_t class_row = (2 * grid_height - 1) * (2 * grid_width - 1);
  const at::Tensor y = distances(grid_height, options).view({grid_height, 1, grid_height, 1});
  const at::Tensor x = distances(grid_width, options).view({1, grid_width, 1, grid_width});
  at::Tensor index = at::empty({area + 1, area + 1}, options);
  index.narrow(0, 1, area).narrow(1, 1, area).copy_((y * (2 * grid_width - 1) + x).view({area, area}));
  index.select(0, 0).fill_(class_row);
  index.select(1, 0).fill_(class_row + 1);
  index.select(0, 0).select(0, 0).fill_(class_row + 2);
  return index.view({-1});
}

at::Tensor resize_relative_positions(const at::Tensor& table, int64_t side, int64_t grid_height, int64_t grid_width) {
  if (grid_height == side && grid_width == side) return table;
  const int64_t stored = 2 * side - 1, heads = table.size(1);
  const at::Tensor grid = table.narrow(0, 0, stored * stored).t().reshape({1, heads, stored, stored});
  const at::Tensor resized = at::upsample_bicubic2d(grid, {2 * grid_height - 1, 2 * grid_width - 1},
                                                    /*align_corners=*/false, std::nullopt, std::nullopt);
  return at::cat({resized.view({heads, -1}).t(), table.narrow(0, stored * stored, kClassRows)});
}

RelativePositions::RelativePositions(const at::Tensor& table, int64_t grid_height, int64_t grid_width)
    : height_(grid_height), width_(grid_width), table_(table) {
  if (!table.is_cpu()) return;  // row() is for the CPU
  const int64_t rows = 2 * height_ - 1, columns = 2 * width_ - 1, heads = table.size(1);
  const at::Tensor by_head = table.t().to(at::kFloat);
  turned_ = by_head.narrow(1, 0, rows * columns).reshape({heads, rows, columns}).flip(2).contiguous();
  class_ = by_head.narrow(1, rows * columns, kClassRows).contiguous();
}

at::Tensor RelativePositions::bias(at::ScalarType type) const {
  if (kept_.defined() && kept_.scalar_type() == type) return kept_;
  const int64_t tokens = 1 + height_ * width_, heads = table_.size(1);
  const at::Tensor index = relative_position_index(height_, width_, table_.device());
  const int64_t stride = (tokens + kAligned - 1) / kAligned * kAligned;
  at::Tensor room = at::empty({1, heads, tokens, stride}, table_.options().dtype(type));
  at::Tensor bias = room.narrow(3, 0, tokens);
  bias.copy_(table_.t().contiguous().index_select(1, index).view({1, heads, tokens, tokens}));
  return bias;
}

void RelativePositions::row(int64_t head, int64_t query, float* out) const {
  const float* const ends = class_.const_data_ptr<float>() + head * kClassRows;
  if (query == 0) {
    out[0] = ends[2];
    std::fill_n(out + 1, height_ * width_, ends[0]);
    return;
  }
  const int64_t y = (query - 1) / width_, x = (query - 1) % width_;
  const int64_t rows = 2 * height_ - 1, columns = 2 * width_ - 1;
  const float* const table = turned_.const_data_ptr<float>() + head * rows * columns;
  *out++ = ends[1];
  for (int64_t key = 0; key < height_; ++key, out += width_) {
    std::copy_n(table + (y - key + height_ - 1) * columns + width_ - 1 - x, width_, out);
  }
}

}  // namespace dinomaly
