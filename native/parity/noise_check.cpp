// The noisy bottleneck with noise that is given: its output and its gradients show each of the three dropouts in its
// place and at its scale.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "case_file.h"
#include "checks.h"
#include "core/error.h"
#include "core/nn/noisy_bottleneck.h"
#include "core/weights/match.h"
#include "core/weights/safetensors.h"

namespace dinomaly::parity {
namespace {

constexpr double kNoiseStage = 1e-5;

}  // namespace

void check_noise(const std::string& folder, at::Device device, Report& report) {
  const at::AutoGradMode with_grad(true);
  const CaseConfig config(folder + "/noise.json");
  const std::string path = folder + "/noise.safetensors";
  const TensorMap expected = on_device(read_safetensors(path, nullptr), device);
  const double scale = 1 / (1 - config.number("rate"));
  NoisyBottleneck bottleneck(config.integer("dim"), config.number("rate"));
  std::vector<NamedParameter> parameters;
  bottleneck.visit("bottleneck.0.", [&](const std::string& name, at::Tensor& tensor) {
    tensor = tensor.to(device);
    parameters.push_back({name, &tensor});
  });
  assign_weights(parameters, with_prefix(expected, "weight."), path);
  at::Tensor x = tensor_of(expected, "x").clone().requires_grad_(true);
  for (const NamedParameter& parameter : parameters) parameter.tensor->requires_grad_(true);
  const at::Tensor output = bottleneck.with_noise(x, {.input = tensor_of(expected, "kept.input") * scale,
                                                      .hidden = tensor_of(expected, "kept.hidden") * scale,
                                                      .output = tensor_of(expected, "kept.output") * scale});
  report.relative("noise output", output, tensor_of(expected, "output"), kNoiseStage);
  (output * tensor_of(expected, "probe")).sum().backward();
  report.relative("noise gradient x", x.grad(), tensor_of(expected, "grad.x"), kNoiseStage);
  for (const NamedParameter& parameter : parameters) {
    report.relative("noise gradient " + parameter.name, parameter.tensor->grad(),
                    tensor_of(expected, "grad." + parameter.name), kNoiseStage);
  }
}

}  // namespace dinomaly::parity
