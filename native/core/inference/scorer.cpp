#include "scorer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "../anomaly_map.h"

namespace dinomaly {

Scorer::Scorer(const Network& network, const Geometry& geometry, at::Device device, Precision precision)
    : geometry_(geometry), patch_(network.config().encoder.patch), device_(device) {
  validate(geometry, patch_);
  plan_ = make_plan(network, device, precision);
  const int64_t scalar_bytes = precision == Precision::kBfloat16 ? 2 : 4;
  Network view(network);  // parameters() hands out writable tensors
  for (const NamedParameter& parameter : view.parameters()) weight_bytes_ += parameter.tensor->numel() * scalar_bytes;
}

Scores Scorer::score(const std::vector<ImageView>& images, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const at::Tensor input = normalise(prepare_images(images, geometry_), device_);
  const GroupFeatures features = plan_->run(input, stop);
  stop.check();
  const at::Tensor distances = distance_maps(features, geometry_.crop_height / patch_, geometry_.crop_width / patch_);
  const at::Tensor maps = anomaly_maps(distances, geometry_);
  return {maps.cpu().contiguous(), image_scores(maps, geometry_.score_ratio).cpu().contiguous()};
}

}  // namespace dinomaly
