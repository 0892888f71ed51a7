#include "anomaly_map.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace dinomaly {
namespace {

constexpr int64_t kGaussianSize = 5;
constexpr double kGaussianSigma = 4;
constexpr double kCosineEps = 1e-8;

at::Tensor gaussian_kernel(const at::TensorOptions& options) {
  const at::Tensor offset = at::arange(kGaussianSize, options) - (kGaussianSize - 1) / 2.0;
  const at::Tensor square = offset.square();
  const at::Tensor kernel =
      at::exp(-(square.unsqueeze(1) + square.unsqueeze(0)) / (2 * kGaussianSigma * kGaussianSigma));
  return (kernel / kernel.sum()).view({1, 1, kGaussianSize, kGaussianSize});
}

}  // namespace

at::Tensor distance_maps(const GroupFeatures& features, int64_t grid_height, int64_t grid_width) {
  std::vector<at::Tensor> distances;
  for (size_t g = 0; g < features.encoder.size(); ++g) {
    const at::Tensor similarity =
        at::cosine_similarity(features.encoder[g].to(at::kFloat), features.decoder[g].to(at::kFloat), -1, kCosineEps);
    distances.push_back((1 - similarity).view({-1, grid_height, grid_width}));
  }
  return at::stack(distances);
}

at::Tensor anomaly_maps(const at::Tensor& distances, const Geometry& geometry) {
  const at::Tensor enlarged =
      at::upsample_bilinear2d(distances, {geometry.crop_height, geometry.crop_width}, /*align_corners=*/true);
  at::Tensor maps = enlarged.mean(0).unsqueeze(1);  // [B, 1, H, W]
  if (geometry.map_height != geometry.crop_height || geometry.map_width != geometry.crop_width) {
    maps = at::upsample_bilinear2d(maps, {geometry.map_height, geometry.map_width}, /*align_corners=*/false);
  }
  return at::conv2d(maps, gaussian_kernel(maps.options()), {}, 1, kGaussianSize / 2).squeeze(1);
}

at::Tensor image_scores(const at::Tensor& maps, double ratio) {
  const at::Tensor flat = maps.flatten(1);
  const auto count = static_cast<int64_t>(static_cast<double>(flat.size(1)) * ratio);
  return std::get<0>(flat.topk(std::max<int64_t>(1, count), 1)).mean(1);
}

}  // namespace dinomaly
