// From group features to the anomaly map and the image score. Pure tensor functions.
#pragma once

#include <ATen/core/Tensor.h>

#include "config.h"
#include "dinomaly.h"

namespace dinomaly {

// features with P = h * w -> cosine distance of each group, [G, B, h, w], fp32.
at::Tensor distance_maps(const GroupFeatures& features, int64_t grid_height, int64_t grid_width);

// distances [G, B, h, w] -> [B, map height, map width]: each group bilinear to the crop (align_corners true), mean of
// the groups, bilinear to the map (align_corners false; skipped when the map has the crop's size), Gaussian 5 x 5 of
// sigma 4 with zero padding.
at::Tensor anomaly_maps(const at::Tensor& distances, const Geometry& geometry);

// maps [B, H, W] -> [B]: mean of the largest floor(ratio * H * W) pixels, at least one; ratio 0 takes the maximum.
at::Tensor image_scores(const at::Tensor& maps, double ratio);

}  // namespace dinomaly
