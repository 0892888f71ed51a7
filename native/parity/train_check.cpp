// Training steps without dropout: loss, gradient norm, gradients, optimiser state and final weights.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "case_file.h"
#include "checks.h"
#include "core/error.h"
#include "core/train/trainer.h"
#include "core/weights/match.h"
#include "core/weights/safetensors.h"

namespace dinomaly::parity {
namespace {

constexpr double kLoss = 1e-5;
constexpr double kGradient = 1e-4;
constexpr double kWeight = 1e-4;
constexpr double kWeightFloor = 1e-5;
// Of a formula in double; cases may tell the rate to twelve digits.
constexpr double kFormula = 1e-11;
constexpr std::array<int64_t, 2> kStepsWithGradients = {0, 3};

// Settings of a case that the core takes as given.
void require_fixed(const CaseConfig& config) {
  constexpr std::pair<const char*, double> kFixed[] = {
      {"drop", 0}, {"schedule.start", 0}, {"optimizer.clip_threshold", 1}};
  for (const auto& [key, value] : kFixed) {
    if (config.number(key) != value) {
      throw Error("INVALID_INPUT", std::string("Expected a training case whose ") + key + " is " +
                                       std::to_string(value) + ", as it always is here");
    }
  }
}

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

Deviation scaled(double actual, double expected, double tolerance) {
  return {std::abs(actual - expected) / std::max(std::abs(expected), 1e-12), tolerance};
}

void check_step(const CaseConfig& config, const StepReport& step, Report& report) {
  const std::string key = "steps." + std::to_string(step.step) + ".";
  const std::string part = "step " + std::to_string(step.step);
  const auto expected = [&](const char* name) { return config.number(key + name); };
  if (step.skipped) report.failure("train " + part, "the step was skipped");
  report.worst("train loss", part, scaled(step.loss, expected("loss"), kLoss));
  report.worst("train gradient norm", part, scaled(step.grad_norm, expected("grad_norm"), kGradient));
  report.worst("train learning rate", part, scaled(step.learning_rate, expected("lr"), kFormula));
  report.worst("train easy fraction", part, scaled(step.easy_fraction, expected("easy_fraction"), kFormula));
}

void check_gradients(Trainer& trainer, const TensorMap& expected, int64_t step, Report& report) {
  const std::string prefix = "grad" + std::to_string(step) + ".";
  const auto parameters = trainer.network().trainable_parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    report.worst("train gradients, step " + std::to_string(step), name,
                 deviation(trainer.last_gradients().at(i), tensor_of(expected, prefix + name), kGradient, 0));
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
      const at::Tensor wanted = tensor_of(expected, prefix + name);
      report.worst(stage, name,
                   deviation(without_key_bias(name, actual, config.attention),
                             without_key_bias(name, wanted, config.attention), tolerance, floor));
    };
    const StableAdamW::State& state = trainer.optimizer().state()[i];
    compare("train final weights", "final.", *parameters[i].tensor, kWeight, kWeightFloor);
    compare("train exp_avg", "exp_avg.", state.exp_avg, kGradient, 0);
    compare("train exp_avg_sq", "exp_avg_sq.", state.exp_avg_sq, kGradient, 0);
    compare("train max_exp_avg_sq", "max_exp_avg_sq.", state.max_exp_avg_sq, kGradient, 0);
  }
}

// The case must tell of every step that has a batch, and of no other.
int64_t steps_of(const CaseConfig& config, const at::Tensor& batches) {
  const int64_t steps = batches.size(0);
  const auto told = [&](int64_t step) { return config.has("steps." + std::to_string(step) + ".loss"); };
  if (steps <= kStepsWithGradients.back() || !told(steps - 1) || told(steps)) {
    throw Error("INVALID_INPUT", "Expected a training case of more than " + std::to_string(kStepsWithGradients.back()) +
                                     " steps, with a batch for each");
  }
  return steps;
}

}  // namespace

void check_training(const std::string& folder, at::Device device, Report& report) {
  const CaseConfig config(folder + "/train.json");
  require_fixed(config);
  const ModelConfig model = to_model_config(config);
  const std::string path = folder + "/train.safetensors";
  const TensorMap expected = read_safetensors(path, nullptr);
  const at::Tensor batches = tensor_of(expected, "batches");  // [steps, B, 3, H, W]
  Trainer trainer(model, to_geometry(batches), to_train_config(config), device);
  assign_weights(trainer.network().parameters(), with_prefix(expected, "start."), path);
  trainer.keep_gradients(true);
  trainer.begin(
      {.image_count = batches.size(1), .iterations = config.integer("schedule.total"), .batch_size = batches.size(1)});
  for (int64_t step = 0; step < steps_of(config, batches); ++step) {
    std::vector<at::Tensor> groups;
    {
      const at::NoGradGuard no_grad;
      groups = trainer.network().encode(batches[step].to(device), {});
    }
    check_step(config, trainer.step_on_features(groups, {}), report);
    if (std::ranges::count(kStepsWithGradients, step) > 0) check_gradients(trainer, expected, step, report);
  }
  check_final(trainer, model, expected, report);
  report.flush();
}

}  // namespace dinomaly::parity
