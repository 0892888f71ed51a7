// From group features to the anomaly map and the image score. Pure tensor functions.
#pragma once

#include <ATen/core/Tensor.h>

#include "config.h"
#include "dinomaly.h"

namespace dinomaly {

// features with P = h * w -> cosine distance of each group, [G, B, h, w], fp32.
at::Tensor distance_maps(const GroupFeatures& features, const PatchGrid& grid);

// The way from a grid of distances to the map: bilinear to the crop (align_corners true), bilinear to the map
// (align_corners false; skipped when the map has the crop's size), Gaussian 5 x 5 of sigma 4 with zero padding. Each
// step is linear and treats each axis by itself, so that all of them are one matrix an axis.
struct MapProjection {
  MapProjection(const Geometry& geometry, const PatchGrid& grid, at::Device device);

  at::Tensor down;    // [map height, h], fp32
  at::Tensor across;  // [w, map width], fp32
};

// distances [G, B, h, w] -> [B, map height, map width]: the mean of the groups, projected.
at::Tensor anomaly_maps(const at::Tensor& distances, const MapProjection& projection);

// What the hottest pixels of maps say, fp32 [B] each.
struct HottestPixels {
  at::Tensor scores;  // as image_scores()
  at::Tensor floors;  // the coldest of the pixels that made the score, of at least a thousandth of the map and 16, if
                      // that is little
  at::Tensor peaks;   // the hottest
};

// maps [B, H, W]. `counted`: of how many pixels `ratio` is a share, and the floor's thousandth and 16; 0: of all. A map
// that was put together from tiles counts as one tile does, so that a defect weighs the same in a larger picture.
HottestPixels hottest_pixels(const at::Tensor& maps, double ratio, int64_t counted = 0);

// maps [B, H, W] -> [B]: mean of the largest floor(ratio * H * W) pixels, at least one; ratio 0 takes the maximum.
at::Tensor image_scores(const at::Tensor& maps, double ratio);

}  // namespace dinomaly
