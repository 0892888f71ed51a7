#include "scorer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "../device.h"
#include "../error.h"

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
    : geometry_(geometry), grid_(network.grid_of(geometry)), device_(device) {
  plan_ = make_plan(std::move(network), geometry, device, precision);
}

Scores Scorer::score(const std::vector<ImageView>& images, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const at::Tensor pixels = prepare_images(images, geometry_, device_);
  std::vector<std::vector<at::Tensor>> columns(5);
  for (const at::Tensor& part : pixels.split(plan_->max_batch())) {
    const Scores done = plan_->run(part, stop);
    size_t column = 0;
    for (const at::Tensor& tensor : {done.maps, done.scores, done.floors, done.peaks, done.features}) {
      columns[column++].push_back(tensor);
    }
  }
  std::vector<at::Tensor> whole;
  for (const std::vector<at::Tensor>& parts : columns) whole.push_back(joined(parts));
  const std::vector<at::Tensor> results = download(whole);
  return {.maps = results[0], .scores = results[1], .floors = results[2], .peaks = results[3], .features = results[4]};
}

PictureFeatures Scorer::features(const ImageView& image, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const auto [targets, groups] = plan_->features(prepare_images({image}, geometry_, device_), stop);
  stop.check();
  return {.targets = of_one_picture(targets),
          .encoder = of_one_picture(groups.encoder),
          .decoder = of_one_picture(groups.decoder),
          .grid = grid_};
}

AttentionMaps Scorer::attention(const ImageView& image, int64_t row, int64_t column, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const auto [height, width] = grid_;
  if (row < 0 || row >= height || column < 0 || column >= width) {
    throw Error("INVALID_INPUT", "Expected a patch of the grid " + std::to_string(height) + " x " +
                                     std::to_string(width) + " but received row " + std::to_string(row) + ", column " +
                                     std::to_string(column));
  }
  const at::Tensor pixels = prepare_images({image}, geometry_, device_);
  return attention_maps(plan_->attention(pixels, row * width + column, stop));
}

}  // namespace dinomaly
