// Single steps of the optimiser against its formula, in double and value by value, for each of its settings; and the
// clipping of gradients.
#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "core/optim/stable_adamw.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

using Values = std::vector<double>;

// The formula of the specification, for one tensor.
struct Formula {
  StableAdamWConfig config;
  Values p, m, v, vmax;
  int steps = 0;

  Formula(const StableAdamWConfig& config_, Values start)
      : config(config_), p(std::move(start)), m(p.size(), 0), v(p.size(), 0), vmax(p.size(), 0) {}

  // The root mean square of g / denominator, above which the step is shortened.
  double step(const Values& g, double lr) {
    ++steps;
    Values denominator(p.size());
    double sum = 0;
    for (size_t i = 0; i < p.size(); ++i) {
      m[i] = config.beta1 * m[i] + (1 - config.beta1) * g[i];
      v[i] = config.beta2 * v[i] + (1 - config.beta2) * g[i] * g[i];
      vmax[i] = std::max(vmax[i], v[i]);
      const double second = config.amsgrad ? vmax[i] : v[i];
      denominator[i] = std::sqrt(second) / std::sqrt(1 - std::pow(config.beta2, steps)) + config.eps;
      sum += g[i] * g[i] / (denominator[i] * denominator[i]);
    }
    const double rms = std::sqrt(sum / static_cast<double>(p.size()));
    const double rate = lr / (1 - std::pow(config.beta1, steps)) / std::max(1.0, rms / config.clip_threshold);
    for (size_t i = 0; i < p.size(); ++i) {
      p[i] = p[i] * (1 - lr * config.weight_decay) - rate * m[i] / denominator[i];
    }
    return rms;
  }
};

at::Tensor tensor(const Values& values) { return at::tensor(values, at::kDouble).to(at::kFloat); }

// A parameter as the optimiser takes it.
at::Tensor parameter(const Values& values) { return tensor(values).requires_grad_(true); }

void give(at::Tensor parameter, const Values& gradient) { parameter.mutable_grad() = tensor(gradient); }

const Values kStart = {1.0, -2.0, 0.5, 3.0, -0.25, 0.0};
// Large, then small, then of other signs: the maximum of the second moments stays that of the first.
const std::vector<Values> kGradients = {
    {3, -1, 0.2, 0.5, 4, 1}, {0.1, -0.2, 0.3, 0.01, 0.2, 0.1}, {-0.5, 0.2, 0.1, -0.3, 0.4, -2}, {2, -9, 7, 1, -3, 5}};

// The parameter after each step, having been compared with the formula.
std::vector<at::Tensor> check_steps(const StableAdamWConfig& config, double lr) {
  at::Tensor actual = parameter(kStart);
  StableAdamW optimizer({actual}, config);
  Formula expected(config, kStart);
  std::vector<at::Tensor> found;
  for (const Values& gradient : kGradients) {
    give(actual, gradient);
    optimizer.step(lr);
    expected.step(gradient, lr);
    CHECK_CLOSE(actual, tensor(expected.p), 1e-6);
    CHECK_CLOSE(optimizer.state()[0].exp_avg, tensor(expected.m), 1e-6);
    CHECK_CLOSE(optimizer.state()[0].exp_avg_sq, tensor(expected.v), 1e-6);
    CHECK_CLOSE(optimizer.state()[0].max_exp_avg_sq, tensor(expected.vmax), 1e-6);
    found.push_back(actual.detach().clone());
  }
  return found;
}

StableAdamWConfig changed(void (*change)(StableAdamWConfig&)) {
  StableAdamWConfig config{.beta2 = 0.9, .weight_decay = 0.1};
  change(config);
  return config;
}

TEST("the optimiser's steps are those of its formula, and each of its settings changes them") {
  const at::Tensor base = check_steps(changed([](StableAdamWConfig&) {}), 0.05).back();
  const auto differs = [&](const StableAdamWConfig& config) {
    CHECK((check_steps(config, 0.05).back() - base).abs().max().item<double>() > 1e-3);
  };
  differs(changed([](StableAdamWConfig& config) { config.weight_decay = 0; }));
  differs(changed([](StableAdamWConfig& config) { config.weight_decay = 1; }));
  differs(changed([](StableAdamWConfig& config) { config.amsgrad = false; }));
  differs(changed([](StableAdamWConfig& config) { config.beta1 = 0; }));
  differs(changed([](StableAdamWConfig& config) { config.beta1 = 0.5; }));
  differs(changed([](StableAdamWConfig& config) { config.beta2 = 0.5; }));
  differs(changed([](StableAdamWConfig& config) { config.eps = 1; }));
  differs(changed([](StableAdamWConfig& config) { config.clip_threshold = 0.25; }));
}

TEST("the decay is of the weight before the step, a share of rate times decay") {
  StableAdamWConfig config{.weight_decay = 0.1};
  at::Tensor decayed = parameter(kStart), plain = parameter(kStart);
  StableAdamW with({decayed}, config);
  config.weight_decay = 0;
  StableAdamW without({plain}, config);
  give(decayed, kGradients[0]);
  give(plain, kGradients[0]);
  with.step(0.5);
  without.step(0.5);
  CHECK_CLOSE(plain - decayed, tensor(kStart) * 0.05, 1e-5);
}

TEST("an update whose root mean square exceeds 1 is shortened to 1, and a smaller one is left") {
  const StableAdamWConfig config{.beta1 = 0, .weight_decay = 0};
  for (const double second : {100.0, 0.5}) {
    at::Tensor actual = parameter({1, 1});
    StableAdamW optimizer({actual}, config);
    Formula formula(config, {1, 1});
    for (const double size : {1.0, second}) {
      give(actual, {size, -size});
      const at::Tensor before = actual.detach().clone();
      optimizer.step(0.01);
      const double rms = formula.step({size, -size}, 0.01);
      const double moved = (actual - before).pow(2).mean().sqrt().item<double>();
      CHECK(size > 1 ? rms > 1.4 : rms <= 1.00001);
      CHECK(std::abs(moved - 0.01 * std::min(rms, 1.0)) < 1e-6);
    }
  }
}

TEST("a rate of 0 leaves the weights as they are to the bit, and the moments move") {
  at::Tensor actual = parameter(kStart);
  StableAdamW optimizer({actual}, {.weight_decay = 0.1});
  give(actual, kGradients[0]);
  optimizer.step(0);
  CHECK(actual.equal(tensor(kStart)));
  CHECK_CLOSE(optimizer.state()[0].exp_avg, tensor(kGradients[0]) * 0.1, 1e-6);
  CHECK_CLOSE(optimizer.state()[0].exp_avg_sq, tensor(kGradients[0]).pow(2) * 0.001, 1e-6);
}

TEST("a parameter without a gradient is left alone, decay and moments too, and counts the steps of the others") {
  const StableAdamWConfig config{.weight_decay = 0.1};
  at::Tensor other = parameter(kStart), idle = parameter(kStart);
  StableAdamW optimizer({other, idle}, config);
  give(other, kGradients[0]);
  optimizer.step(0.1);
  CHECK(!other.equal(tensor(kStart)) && idle.equal(tensor(kStart)));
  CHECK(optimizer.state()[1].exp_avg.eq(0).all().item<bool>());
  CHECK(optimizer.state()[1].max_exp_avg_sq.eq(0).all().item<bool>());
  Formula expected(config, kStart);
  expected.steps = 1;
  give(other, kGradients[1]);
  give(idle, kGradients[1]);
  optimizer.step(0.1);
  expected.step(kGradients[1], 0.1);
  CHECK_CLOSE(idle, tensor(expected.p), 1e-6);
}

TEST("gradients are shortened together to the limit, by limit / (length + 1e-6), and shorter ones left to the bit") {
  std::vector<at::Tensor> parameters{parameter({0, 0}), parameter({0}), parameter({0, 0})};
  give(parameters[0], {3, 0});
  give(parameters[1], {-4});
  CHECK(std::abs(gradient_norm(parameters).item<double>() - 5) < 1e-6);  // of all that have one
  clip_gradients(parameters, 5, 0.1);
  const double factor = 0.1 / (5 + 1e-6);
  CHECK_CLOSE(parameters[0].grad(), tensor({3 * factor, 0}), 1e-6);
  CHECK_CLOSE(parameters[1].grad(), tensor({-4 * factor}), 1e-6);
  CHECK(!parameters[2].grad().defined());
  const at::Tensor before = parameters[0].grad().clone();
  clip_gradients(parameters, 0.1, 0.2);
  CHECK(parameters[0].grad().equal(before));
  // As long as the limit, for which the 1e-6 counts.
  give(parameters[1], {1});
  clip_gradients(parameters, 1e-6, 1e-6);
  CHECK_CLOSE(parameters[1].grad(), tensor({0.5}), 1e-6);
}

TEST("no gradient at all has the length 0, and zero_grad takes all away") {
  std::vector<at::Tensor> parameters{parameter({1}), parameter({2})};
  CHECK(gradient_norm(parameters).item<double>() == 0);
  give(parameters[0], {1});
  StableAdamW optimizer(parameters, {});
  optimizer.zero_grad();
  CHECK(!parameters[0].grad().defined());
}

}  // namespace
}  // namespace dinomaly::test
