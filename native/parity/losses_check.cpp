#include "losses_check.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/loss.h"
#include "core/optim/stable_adamw.h"

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

double scaled_difference(double actual, double expected) { return std::abs(actual - expected) / std::abs(expected); }

// [B, P, C] each -> [groups, B, C, h, w]
at::Tensor gradients_as_images(const Features& groups, const at::Tensor& like) {
  std::vector<at::Tensor> images;
  for (const at::Tensor& group : groups) images.push_back(group.grad().transpose(1, 2).reshape(like[0].sizes()));
  return at::stack(images);
}

void check_loss(const NamedLoss& loss, const CaseConfig& config, Network& network,
                const std::vector<at::Tensor>& parameters, const TensorMap& expected, Report& report) {
  for (at::Tensor parameter : parameters) parameter.mutable_grad() = at::Tensor();
  const GroupFeatures groups = network.forward(expected.at("input"), {});
  for (const at::Tensor& group : groups.decoder) group.retain_grad();
  const at::Tensor value =
      training_loss(loss.kind, groups.encoder, groups.decoder, loss.shrinks ? config.number("easy.fraction") : 0,
                    config.number("easy.gradient_factor"));
  value.backward();
  const std::string name = std::string("loss ") + loss.name, key = std::string("losses.") + loss.name;
  report.worst(name, "value", scaled_difference(value.item<double>(), config.number(key + ".value")), kLoss);
  report.worst(name + " gradient norm", "all",
               scaled_difference(gradient_norm(parameters).item<double>(), config.number(key + ".grad_norm")),
               kGradient);
  const at::Tensor& at_groups = expected.at(std::string("grad_de.") + loss.name);
  report.relative(name + " gradient of the groups", gradients_as_images(groups.decoder, at_groups), at_groups,
                  kGradient);
}

}  // namespace

void check_losses(const CaseConfig& config, Network& network, const TensorMap& expected, Report& report) {
  const at::AutoGradMode with_grad(true);
  std::vector<at::Tensor> parameters;
  for (const NamedParameter& parameter : network.trainable_parameters()) {
    parameters.push_back(parameter.tensor->requires_grad_(true));
  }
  for (const NamedLoss& loss : kLosses) check_loss(loss, config, network, parameters, expected, report);
  for (at::Tensor& parameter : parameters) parameter.requires_grad_(false);
  report.flush();
}

}  // namespace dinomaly::parity
