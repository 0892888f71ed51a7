#include "rotary.h"

#include <ATen/ATen.h>

#include <numbers>

namespace dinomaly {
namespace {

constexpr double kBase = 100;

// [n] in [-1, 1]
at::Tensor centres(int64_t n, const at::TensorOptions& options) {
  return at::arange(n, options).add_(0.5).div_(static_cast<double>(n)).mul_(2).sub_(1);
}

}  // namespace

Rotary Rotary::of_grid(int64_t grid_height, int64_t grid_width, int64_t head_width, at::Device device) {
  const at::TensorOptions options = at::TensorOptions().dtype(at::kFloat).device(device);
  const int64_t quarter = head_width / 4;
  const at::Tensor periods =
      at::pow(kBase, at::arange(quarter, options).mul_(4).div_(static_cast<double>(head_width)));  // [D / 4]
  const at::Tensor y = centres(grid_height, options).view({-1, 1}).expand({grid_height, grid_width});
  const at::Tensor x = centres(grid_width, options).view({1, -1}).expand({grid_height, grid_width});
  const at::Tensor places = at::stack({y, x}, -1).reshape({-1, 2, 1});                     // [P, 2, 1]
  const at::Tensor angles = (places * (2 * std::numbers::pi)).div(periods).flatten(1, 2);  // [P, D / 2]
  const at::Tensor twice = at::cat({angles, angles}, 1);                                   // [P, D]
  return {twice.cos(), twice.sin()};
}

at::Tensor Rotary::turn(const at::Tensor& x) const {
  const int64_t prefix = x.size(2) - cos.size(0);
  const at::Tensor patches = x.narrow(2, prefix, cos.size(0)).to(at::kFloat);
  const std::vector<at::Tensor> halves = patches.chunk(2, -1);
  const at::Tensor turned = patches * cos + at::cat({-halves[1], halves[0]}, -1) * sin;
  return at::cat({x.narrow(2, 0, prefix), turned.to(x.scalar_type())}, 2);
}

}  // namespace dinomaly
