// Every loss on the groups of a forward case: its value, its gradient at the decoder's groups, and the length of its
// gradient for all that is trained.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "case_file.h"
#include "checks.h"
#include "core/dinomaly.h"
#include "core/loss.h"
#include "core/optim/stable_adamw.h"
#include "core/weights/match.h"
#include "core/weights/safetensors.h"

namespace dinomaly::parity {
namespace {

constexpr double kLoss = 1e-5;
constexpr double kGradient = 1e-4;

struct NamedLoss {
  const char* name;
  LossKind kind;
  bool shrinks;
};

constexpr NamedLoss kLosses[] = {{"global", LossKind::kGlobalCosine, false},
                                 {"point", LossKind::kPerPoint, false},
                                 {"loose", LossKind::kLoose, true}};

Deviation scaled(double actual, double expected, double tolerance) {
  return {std::abs(actual - expected) / std::abs(expected), tolerance};
}

// [B, P, C] each -> [groups, B, C, h, w]
at::Tensor gradients_as_images(const Features& groups, const at::Tensor& like) {
  std::vector<at::Tensor> images;
  for (const at::Tensor& group : groups) images.push_back(group.grad().transpose(1, 2).reshape(like[0].sizes()));
  return at::stack(images);
}

void check_loss(const NamedLoss& loss, const CaseConfig& config, Network& network,
                const std::vector<at::Tensor>& parameters, const TensorMap& expected, Report& report) {
  for (at::Tensor parameter : parameters) parameter.mutable_grad() = at::Tensor();
  const GroupFeatures groups = network.forward(tensor_of(expected, "input"), {});
  for (const at::Tensor& group : groups.decoder) group.retain_grad();
  const at::Tensor value =
      training_loss(loss.kind, groups.encoder, groups.decoder, loss.shrinks ? config.number("easy.fraction") : 0,
                    config.number("easy.gradient_factor"));
  value.backward();
  const std::string name = std::string("loss ") + loss.name, key = std::string("losses.") + loss.name;
  report.worst(name, "value", scaled(value.item<double>(), config.number(key + ".value"), kLoss));
  report.worst(name + " gradient norm", "all",
               scaled(gradient_norm(parameters).item<double>(), config.number(key + ".grad_norm"), kGradient));
  const at::Tensor at_groups = tensor_of(expected, std::string("grad_de.") + loss.name);
  report.relative(name + " gradient of the groups", gradients_as_images(groups.decoder, at_groups), at_groups,
                  kGradient);
}

}  // namespace

void check_losses(const std::string& folder, at::Device device, Report& report) {
  const at::AutoGradMode with_grad(true);
  const CaseConfig config(folder + "/forward.json");
  const std::string path = folder + "/forward.safetensors";
  const TensorMap file = read_safetensors(path, nullptr);
  Network network(to_model_config(config));
  assign_weights(network.parameters(), with_prefix(file, "model."), path);
  network.to(device, at::kFloat);
  const TensorMap expected = on_device(file, device);
  std::vector<at::Tensor> parameters;
  for (const NamedParameter& parameter : network.trainable_parameters()) {
    parameters.push_back(parameter.tensor->requires_grad_(true));
  }
  for (const NamedLoss& loss : kLosses) check_loss(loss, config, network, parameters, expected, report);
  report.flush();
}

bool has_losses(const std::string& folder) {
  const CaseConfig config(folder + "/forward.json");
  return std::ranges::count(config.members(), "losses") > 0;
}

}  // namespace dinomaly::parity
