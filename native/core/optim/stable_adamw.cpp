#include "stable_adamw.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace dinomaly {

StableAdamW::StableAdamW(std::vector<at::Tensor> parameters, const StableAdamWConfig& config)
    : parameters_(std::move(parameters)), config_(config) {
  for (const at::Tensor& parameter : parameters_) {
    state_.push_back({at::zeros_like(parameter), at::zeros_like(parameter), at::zeros_like(parameter)});
  }
}

void StableAdamW::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  const double correction1 = 1 - std::pow(config_.beta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(config_.beta2, static_cast<double>(steps_));
  for (size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor& parameter = parameters_[i];
    const at::Tensor& grad = parameter.grad();
    if (!grad.defined()) continue;
    State& state = state_[i];
    parameter.mul_(1 - learning_rate * config_.weight_decay);
    state.exp_avg.mul_(config_.beta1).add_(grad, 1 - config_.beta1);
    state.exp_avg_sq.mul_(config_.beta2).addcmul_(grad, grad, 1 - config_.beta2);
    at::maximum_out(state.max_exp_avg_sq, state.max_exp_avg_sq, state.exp_avg_sq);
    const at::Tensor& moment = config_.amsgrad ? state.max_exp_avg_sq : state.exp_avg_sq;
    const at::Tensor denominator = moment.sqrt().div_(std::sqrt(correction2)).add_(config_.eps);
    // Kept as a tensor: reading it back would make a GPU wait once for every parameter.
    const at::Tensor rms = (grad / denominator).norm().div_(std::sqrt(static_cast<double>(grad.numel())));
    const at::Tensor rate = (learning_rate / correction1) / rms.div_(config_.clip_threshold).clamp_min_(1.0);
    parameter.sub_((state.exp_avg / denominator).mul_(rate));
  }
}

void StableAdamW::zero_grad() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad() = at::Tensor();
}

at::Tensor gradient_norm(const std::vector<at::Tensor>& parameters) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> norms;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  }
  return norms.empty() ? at::zeros({}) : at::stack(norms).norm();
}

void clip_gradients(const std::vector<at::Tensor>& parameters, double norm, double limit) {
  const at::NoGradGuard no_grad;
  const double factor = std::min(1.0, limit / (norm + 1e-6));
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) parameter.grad().mul_(factor);
  }
}

}  // namespace dinomaly
