// Training steps without dropout: loss, gradient norm, gradients, optimiser state and final weights.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "case_file.h"
#include "checks.h"
#include "core/train/trainer.h"
#include "core/weights/match.h"
#include "core/weights/safetensors.h"

namespace dinomaly::parity {
namespace {

constexpr double kLoss = 1e-5;
constexpr double kGradient = 1e-4;
constexpr double kWeight = 1e-4;
constexpr double kWeightFloor = 1e-5;

TrainConfig to_train_config(const CaseConfig& config) {
  return {.seed = 1,
          .learning_rate = config.number("schedule.base"),
          .final_learning_rate = config.number("schedule.final"),
          .warmup_steps = config.integer("schedule.warmup"),
          .beta1 = config.number("optimizer.betas.0"),
          .beta2 = config.number("optimizer.betas.1"),
          .eps = config.number("optimizer.eps"),
          .weight_decay = config.number("optimizer.weight_decay"),
          .amsgrad = config.number("optimizer.amsgrad") != 0,
          .clip_grad_norm = config.number("clip_grad_norm"),
          .easy_fraction = config.number("easy.final"),
          .easy_ramp_steps = config.integer("easy.reached_at_step"),
          .easy_gradient_factor = config.number("easy.gradient_factor")};
}

Geometry to_geometry(const at::Tensor& batches) {
  return {.resize_height = batches.size(-2),
          .resize_width = batches.size(-1),
          .crop_height = batches.size(-2),
          .crop_width = batches.size(-1)};
}

double scaled_difference(double actual, double expected) {
  return std::abs(actual - expected) / std::max(std::abs(expected), 1e-12);
}

void check_step(const CaseConfig& config, const StepReport& step, Report& report) {
  const std::string key = "steps." + std::to_string(step.step) + ".";
  const std::string part = "step " + std::to_string(step.step);
  report.worst("train loss", part, scaled_difference(step.loss, config.number(key + "loss")), kLoss);
  report.worst("train gradient norm", part, scaled_difference(step.grad_norm, config.number(key + "grad_norm")),
               kGradient);
  report.worst("train learning rate", part, std::abs(step.learning_rate - config.number(key + "lr")), 1e-12);
  report.worst("train easy fraction", part, std::abs(step.easy_fraction - config.number(key + "easy_fraction")), 1e-12);
}

void check_gradients(Trainer& trainer, const TensorMap& expected, int64_t step, Report& report) {
  const std::string prefix = "grad" + std::to_string(step) + ".";
  const auto parameters = trainer.network().trainable_parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto found = expected.find(prefix + parameters[i].name);
    if (found == expected.end()) continue;
    report.worst("train gradients, step " + std::to_string(step), parameters[i].name,
                 relative_error(trainer.last_gradients()[i], found->second), kGradient);
  }
}

// The key bias of softmax attention has zero gradient: its Adam update is amplified rounding, in the reference as here.
at::Tensor without_key_bias(const std::string& name, const at::Tensor& tensor, AttentionKind kind) {
  if (kind != AttentionKind::kSoftmax || !name.ends_with("attn.qkv.bias")) return tensor;
  const auto parts = tensor.chunk(3);
  return at::cat({parts[0], parts[2]});
}

void check_final(Trainer& trainer, const ModelConfig& config, const TensorMap& expected, Report& report) {
  const auto parameters = trainer.network().trainable_parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    const auto compare = [&](const char* stage, const char* prefix, const at::Tensor& actual, double tolerance,
                             double floor) {
      report.worst(stage, name,
                   relative_error(without_key_bias(name, actual, config.attention),
                                  without_key_bias(name, expected.at(prefix + name), config.attention), floor),
                   tolerance);
    };
    const StableAdamW::State& state = trainer.optimizer().state()[i];
    compare("train final weights", "final.", *parameters[i].tensor, kWeight, kWeightFloor);
    compare("train exp_avg", "exp_avg.", state.exp_avg, kGradient, 0);
    compare("train exp_avg_sq", "exp_avg_sq.", state.exp_avg_sq, kGradient, 0);
    compare("train max_exp_avg_sq", "max_exp_avg_sq.", state.max_exp_avg_sq, kGradient, 0);
  }
}

}  // namespace

void check_training(const std::string& folder, at::Device device, Report& report) {
  const CaseConfig config(folder + "/train.json");
  const ModelConfig model = to_model_config(config);
  const std::string path = folder + "/train.safetensors";
  const TensorMap expected = read_safetensors(path, nullptr);
  const at::Tensor& batches = expected.at("batches");  // [steps, B, 3, H, W]
  TensorMap start;
  for (const auto& [name, tensor] : expected) {
    if (name.starts_with("start.")) start[name.substr(6)] = tensor;
  }
  Trainer trainer(model, to_geometry(batches), to_train_config(config), device);
  assign_weights(trainer.network().parameters(), start, path);
  trainer.keep_gradients(true);
  trainer.begin(
      {.image_count = batches.size(1), .iterations = config.integer("schedule.total"), .batch_size = batches.size(1)});
  for (int64_t step = 0; step < batches.size(0); ++step) {
    std::vector<at::Tensor> groups;
    {
      const at::NoGradGuard no_grad;
      groups = trainer.network().encode(batches[step].to(device), {});
    }
    check_step(config, trainer.step_on_features(groups, {}), report);
    check_gradients(trainer, expected, step, report);
  }
  check_final(trainer, model, expected, report);
  report.flush();
}

}  // namespace dinomaly::parity
