#include "scorer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "../device.h"
#include "../error.h"
#include "../picture_features.h"

namespace dinomaly {
namespace {

// [1, N, C] each -> [N, C] each, fp32, on the CPU.
std::vector<at::Tensor> of_one_picture(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> own;
  for (const at::Tensor& tensor : tensors) own.push_back(tensor.squeeze(0).to(at::kFloat).contiguous());
  return download(own);
}

at::Tensor joined(const std::vector<at::Tensor>& parts) { return parts.size() == 1 ? parts.front() : at::cat(parts); }

}  // namespace

Scorer::Scorer(Network network, const Geometry& geometry, at::Device device, Precision precision)
    : geometry_((validate(geometry, network.config().encoder), geometry)),
      patch_(network.config().encoder.patch),
      device_(device),
      projection_(geometry, grid(), device) {
  const int64_t scalar_bytes = precision == Precision::kInt8 ? 1 : precision == Precision::kBfloat16 ? 2 : 4;
  network.drop_unused();
  for (const NamedParameter& parameter : network.parameters()) {
    weight_bytes_ += parameter.tensor->numel() * scalar_bytes;
  }
  plan_ = make_plan(std::move(network), device, precision);
}

Scorer::Pass Scorer::pass(const at::Tensor& pixels, const StopToken& stop) const {
  const GroupFeatures features = plan_->run(normalise(pixels, device_), stop);
  stop.check();
  return {.maps = anomaly_maps(distance_maps(features, grid()), projection_),
          .features = picture_features(features.encoder)};
}

Scores Scorer::score(const std::vector<ImageView>& images, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const at::Tensor pixels = prepare_images(images, geometry_, device_);
  // Products may round otherwise with the number of rows, and on the CPU gain next to nothing by them: one picture a
  // pass, so that its numbers do not depend on which others wait.
  std::vector<at::Tensor> maps, features;
  for (const at::Tensor& part : pixels.split(device_.is_cpu() ? 1 : pixels.size(0))) {
    const Pass done = pass(part, stop);
    maps.push_back(done.maps);
    features.push_back(done.features);
  }
  const at::Tensor all = joined(maps);
  const HottestPixels hottest = hottest_pixels(all, geometry_.score_ratio);
  const std::vector<at::Tensor> results =
      download({all, hottest.scores, hottest.floors, hottest.peaks, joined(features)});
  return {.maps = results[0], .scores = results[1], .floors = results[2], .peaks = results[3], .features = results[4]};
}

PictureFeatures Scorer::features(const ImageView& image, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const at::Tensor input = normalise(prepare_images({image}, geometry_, device_), device_);
  const auto [targets, groups] = plan_->features(input, stop);
  stop.check();
  return {.targets = of_one_picture(targets),
          .encoder = of_one_picture(groups.encoder),
          .decoder = of_one_picture(groups.decoder),
          .grid = grid()};
}

AttentionMaps Scorer::attention(const ImageView& image, int64_t row, int64_t column, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const auto [height, width] = grid();
  if (row < 0 || row >= height || column < 0 || column >= width) {
    throw Error("INVALID_INPUT", "Expected a patch of the grid " + std::to_string(height) + " x " +
                                     std::to_string(width) + " but received row " + std::to_string(row) + ", column " +
                                     std::to_string(column));
  }
  const at::Tensor input = normalise(prepare_images({image}, geometry_, device_), device_);
  return attention_maps(plan_->attention(input, row * width + column, stop));
}

}  // namespace dinomaly
