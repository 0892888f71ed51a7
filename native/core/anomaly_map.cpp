#include "anomaly_map.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "nn/tokens.h"

namespace dinomaly {
namespace {

constexpr int64_t kGaussianSize = 5;
constexpr double kGaussianSigma = 4;
// A single pixel may vanish where the map is brought to the picture's pixels.
constexpr int64_t kFewestShown = 16;
// On a map so small that 16 pixels are much of it: one in 64.
constexpr int64_t kMostShareOfFewest = 64;
constexpr int64_t kLeastShareShown = 1000;

// Rows of weights that sum up inputs; fp64 on the CPU.
at::Tensor no_weights(int64_t out, int64_t in) { return at::zeros({out, in}, at::kDouble); }

// One axis of libtorch's bilinear resize, [out, in]. Places are fp32, as there.
at::Tensor resize_weights(int64_t in, int64_t out, bool align_corners) {
  at::Tensor weights = no_weights(out, in);
  auto row = weights.accessor<double, 2>();
  const auto last = static_cast<float>(in - 1);
  const float scale = align_corners ? (out > 1 ? last / static_cast<float>(out - 1) : 0.0F)
                                    : static_cast<float>(in) / static_cast<float>(out);
  for (int64_t i = 0; i < out; ++i) {
    const auto place = static_cast<float>(i);
    const float source = align_corners ? place * scale : std::max((place + 0.5F) * scale - 0.5F, 0.0F);
    const auto low = static_cast<int64_t>(std::min(source, last));
    const float share = std::min(source, last) - static_cast<float>(low);
    row[i][low] += 1.0F - share;
    row[i][std::min(low + 1, in - 1)] += share;
  }
  return weights;
}

// One axis of the Gaussian with zero padding, [size, size].
at::Tensor gaussian_weights(int64_t size) {
  constexpr int64_t kReach = kGaussianSize / 2;
  double kernel[kGaussianSize], total = 0;
  for (int64_t k = 0; k < kGaussianSize; ++k) {
    const auto offset = static_cast<double>(k - kReach);
    kernel[k] = std::exp(-offset * offset / (2 * kGaussianSigma * kGaussianSigma));
    total += kernel[k];
  }
  at::Tensor weights = no_weights(size, size);
  auto row = weights.accessor<double, 2>();
  for (int64_t i = 0; i < size; ++i) {
    for (int64_t k = 0; k < kGaussianSize; ++k) {
      const int64_t source = i + k - kReach;
      if (source >= 0 && source < size) row[i][source] = kernel[k] / total;
    }
  }
  return weights;
}

// [map, grid]
at::Tensor axis_weights(int64_t grid, int64_t crop, int64_t map) {
  at::Tensor weights = resize_weights(grid, crop, /*align_corners=*/true);
  if (map != crop) weights = at::matmul(resize_weights(crop, map, /*align_corners=*/false), weights);
  return at::matmul(gaussian_weights(map), weights);
}

}  // namespace

at::Tensor distance_maps(const GroupFeatures& features, const PatchGrid& grid) {
  std::vector<at::Tensor> distances;
  for (size_t g = 0; g < features.encoder.size(); ++g) {
    distances.push_back(cosine_distances(features.encoder[g], features.decoder[g]).view({-1, grid.height, grid.width}));
  }
  return at::stack(distances);
}

MapProjection::MapProjection(const Geometry& geometry, const PatchGrid& grid, at::Device device)
    : down(axis_weights(grid.height, geometry.crop_height, geometry.map_height).to(device, at::kFloat)),
      across(
          axis_weights(grid.width, geometry.crop_width, geometry.map_width).t().contiguous().to(device, at::kFloat)) {}

at::Tensor anomaly_maps(const at::Tensor& distances, const MapProjection& projection) {
  return at::matmul(at::matmul(projection.down, distances.mean(0)), projection.across);
}

HottestPixels hottest_pixels(const at::Tensor& maps, double ratio, int64_t counted) {
  const at::Tensor flat = maps.flatten(1);
  const int64_t pixels = counted == 0 ? flat.size(1) : std::min(counted, flat.size(1));
  const auto count = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(pixels) * ratio));
  const int64_t fewest = std::min(kFewestShown, pixels / kMostShareOfFewest);
  const int64_t shown = std::max<int64_t>({count, fewest, pixels / kLeastShareShown});
  const at::Tensor hottest = std::get<0>(flat.topk(shown, 1));  // falling
  return {.scores = hottest.narrow(1, 0, count).contiguous().mean(1),
          .floors = hottest.select(1, shown - 1),
          .peaks = hottest.select(1, 0)};
}

at::Tensor image_scores(const at::Tensor& maps, double ratio) { return hottest_pixels(maps, ratio).scores; }

}  // namespace dinomaly
