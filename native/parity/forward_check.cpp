// Every stage of the eval-mode forward pass, and the same result through each execution plan.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "case_file.h"
#include "checks.h"
#include "core/anomaly_map.h"
#include "core/dinomaly.h"
#include "core/encoders/vit.h"
#include "core/inference/plan.h"
#include "core/nn/cpu_linear.h"
#include "core/weights/match.h"
#include "core/weights/safetensors.h"

namespace dinomaly::parity {
namespace {

constexpr double kStage = 1e-5;
// Root mean square over the points of random networks of 18 blocks.
constexpr double kBfloat16 = 0.01;
constexpr double kInt8 = 0.03;

using Compare = void (Report::*)(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected,
                                 double tolerance);

// How a plan's results are held against the reference.
struct Standard {
  Compare compare;
  double tolerance;
};

constexpr Standard kFloat32{&Report::relative, kStage};
constexpr Standard kRounded{&Report::root_mean_square, kBfloat16};
constexpr Standard kQuantised{&Report::root_mean_square, kInt8};

// [B, P, C] -> [B, C, h, w]
at::Tensor as_image(const at::Tensor& tokens, const at::Tensor& like) {
  return tokens.transpose(1, 2).reshape({tokens.size(0), tokens.size(2), like.size(-2), like.size(-1)});
}

at::Tensor stack_images(const std::vector<at::Tensor>& groups, const at::Tensor& like) {
  std::vector<at::Tensor> images;
  for (const at::Tensor& group : groups) images.push_back(as_image(group, like));
  return at::stack(images);
}

void check_stages(const ModelConfig& config, const Network& network, const TensorMap& expected, Report& report) {
  const at::Tensor input = tensor_of(expected, "input");
  const auto& vit = dynamic_cast<const Vit&>(network.encoder());  // the family of every case
  report.relative("forward tokens", vit.tokens(input), tensor_of(expected, "tokens"), kStage);
  const auto features = network.encoder().features(input, config.target_layers, {});
  report.relative("forward features", at::stack(features), tensor_of(expected, "features"), kStage);
  const auto groups = network.encode(input, {});
  const at::Tensor fused = network.fuse(groups);
  report.relative("forward fused", fused, tensor_of(expected, "fused"), kStage);
  report.relative("forward bottleneck", network.bottleneck(fused, std::nullopt), tensor_of(expected, "bottleneck"),
                  kStage);
  report.relative("forward decoder", at::stack(network.decode(fused, network.grid_of(input), std::nullopt, {})),
                  tensor_of(expected, "decoder"), kStage);
  const GroupFeatures compared = network.forward(input, {});
  const at::Tensor en = tensor_of(expected, "en");
  report.relative("forward encoder groups", stack_images(compared.encoder, en), en, kStage);
  report.relative("forward decoder groups", stack_images(compared.decoder, en), tensor_of(expected, "de"), kStage);
}

// Small cases keep every 15th row and column of a map, both borders included.
constexpr int64_t kThinning = 15;
constexpr const char* kThinned = "map_256_thinned";

const at::Tensor& kept_map(const TensorMap& expected) {
  return tensor_of(expected, expected.contains(kThinned) ? kThinned : "map_256");
}

at::Tensor as_kept(const at::Tensor& maps, const TensorMap& expected) {
  if (!expected.contains(kThinned)) return maps;
  return maps.slice(-2, 0, std::nullopt, kThinning).slice(-1, 0, std::nullopt, kThinning);
}

Geometry geometry_of(const at::Tensor& images) {
  return {.resize_height = images.size(2),
          .resize_width = images.size(3),
          .crop_height = images.size(2),
          .crop_width = images.size(3)};
}

void check_maps(const GroupFeatures& features, const TensorMap& expected, const std::string& plan, Standard standard,
                Report& report) {
  const at::Tensor input = tensor_of(expected, "input");
  const auto compare = [&](const char* stage, const at::Tensor& actual, const at::Tensor& wanted) {
    (report.*standard.compare)(plan + " " + stage, actual, wanted, standard.tolerance);
  };
  Geometry geometry = geometry_of(input);
  const PatchGrid grid{tensor_of(expected, "en").size(-2), tensor_of(expected, "en").size(-1)};
  const at::Tensor distance = distance_maps(features, grid);
  compare("distance", distance, tensor_of(expected, "distance"));
  const at::Tensor maps = anomaly_maps(distance, MapProjection(geometry, grid, input.device()));
  compare("map 256", as_kept(maps.unsqueeze(1), expected), kept_map(expected));
  compare("score top 1 %", image_scores(maps, 0.01), tensor_of(expected, "score_top1pct"));
  compare("score max", image_scores(maps, 0), tensor_of(expected, "score_max"));
  geometry.map_height = geometry.crop_height;
  geometry.map_width = geometry.crop_width;
  const at::Tensor native = anomaly_maps(distance, MapProjection(geometry, grid, input.device()));
  compare("map native", native.unsqueeze(1), tensor_of(expected, "map_native"));
}

}  // namespace

void check_forward(const std::string& folder, at::Device device, Report& report) {
  const at::NoGradGuard no_grad;
  const ModelConfig config = to_model_config(CaseConfig(folder + "/forward.json"));
  const std::string path = folder + "/forward.safetensors";
  const TensorMap file = read_safetensors(path, nullptr);
  Network network(config);
  assign_weights(network.parameters(), with_prefix(file, "model."), path);
  network.to(device, at::kFloat);
  const TensorMap expected = on_device(file, device);
  check_stages(config, network, expected, report);
  const at::Tensor input = tensor_of(expected, "input");
  check_maps(network.forward(input, {}), expected, "plain", kFloat32, report);
  const Geometry geometry = geometry_of(input);
  check_maps(make_plan(network, geometry, device, Precision::kFloat32)->compared(input, {}), expected, "plan fp32",
             kFloat32, report);
  check_maps(make_plan(network, geometry, device, Precision::kBfloat16)->compared(input, {}), expected, "plan bf16",
             kRounded, report);
  if (!device.is_cpu() || !has_cpu_products(Products::kInt8)) return;
  check_maps(make_plan(network, geometry, device, Precision::kInt8)->compared(input, {}), expected, "plan int8",
             kQuantised, report);
}

}  // namespace dinomaly::parity
