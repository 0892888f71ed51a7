// The noise of the bottleneck: rate, scale and places of its three dropouts, which training has and scoring has not.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <set>

#include "core/generator.h"
#include "core/inference/plan.h"
#include "core/nn/noisy_bottleneck.h"
#include "core/train/trainer.h"
#include "harness.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

constexpr int64_t kDim = 8;
constexpr double kSigmas = 5;

at::Tensor seeded_noise(uint64_t seed, at::IntArrayRef shape) {
  return at::empty(shape).normal_(0, 1, make_generator(at::kCPU, seed));
}

double share(const at::Tensor& truths) { return truths.to(at::kDouble).mean().item<double>(); }

// Of `count` draws, a share of `expected` give or take five standard deviations.
bool near(double found, double expected, int64_t count) {
  return std::abs(found - expected) < kSigmas * std::sqrt(expected * (1 - expected) / static_cast<double>(count));
}

TEST("each dropout keeps 1 - rate of the elements, each alone, and scales them by 1 / (1 - rate)") {
  for (const double rate : {0.2, 0.4}) {
    const NoisyBottleneck bottleneck(kDim, rate);
    const at::Tensor x = at::ones({40, 50, kDim});
    const BottleneckNoise noise = bottleneck.draw(x, make_generator(at::kCPU, 1));
    CHECK(noise.input.sizes() == x.sizes() && noise.output.sizes() == x.sizes());
    CHECK(noise.hidden.sizes() == at::IntArrayRef({40, 50, 4 * kDim}));
    for (const at::Tensor& one : {noise.input, noise.hidden, noise.output}) {
      const at::Tensor kept = one.ne(0);
      CHECK_CLOSE(one, kept.to(at::kFloat) / (1 - rate), 1e-7);
      CHECK(near(share(kept), 1 - rate, one.numel()));
      // Moments of a dropout: mean 1, variance rate / (1 - rate).
      CHECK(std::abs(one.mean().item<double>() - 1) < 0.03);
      CHECK(std::abs(one.var().item<double>() - rate / (1 - rate)) < 0.03);
      // Neither whole channels nor whole tokens nor whole pictures are dropped together.
      for (const int64_t axis : {0, 1, 2}) {
        const at::Tensor pair = kept.narrow(axis, 0, 1).logical_and(kept.narrow(axis, 1, 1));
        CHECK(near(share(pair), (1 - rate) * (1 - rate), pair.numel()));
      }
    }
    CHECK(near(share(noise.input.ne(0).logical_and(noise.output.ne(0))), (1 - rate) * (1 - rate), x.numel()));
  }
}

// A bottleneck whose layers hand on what they are given, but for those that forget it: their output is a constant.
NoisyBottleneck transparent(double rate, bool first_forgets, bool second_forgets) {
  NoisyBottleneck bottleneck(kDim, rate);
  bottleneck.mlp.fc1.weight.zero_();
  bottleneck.mlp.fc2.weight.zero_();
  bottleneck.mlp.fc1.bias.fill_(first_forgets ? 50 : 0);
  bottleneck.mlp.fc2.bias.fill_(second_forgets ? 50 : 0);
  if (!first_forgets) bottleneck.mlp.fc1.weight.narrow(0, 0, kDim).copy_(at::eye(kDim));
  if (!second_forgets) bottleneck.mlp.fc2.weight.narrow(1, 0, kDim).copy_(at::eye(kDim));
  return bottleneck;
}

TEST("a pass is noisy in three places: before the first layer, between the layers, and after the second") {
  constexpr double kRate = 0.4;
  const at::Tensor x = at::full({40, 50, kDim}, 50.0);  // where GELU is the identity
  const struct {
    bool first_forgets, second_forgets;
    int places;
  } kCases[] = {{false, false, 3}, {true, false, 2}, {true, true, 1}, {false, true, 1}};
  for (const auto& one : kCases) {
    const NoisyBottleneck bottleneck = transparent(kRate, one.first_forgets, one.second_forgets);
    const at::Tensor passed = bottleneck(x, make_generator(at::kCPU, 2));
    const at::Tensor kept = passed.ne(0);
    const double left = std::pow(1 - kRate, one.places);
    CHECK(near(share(kept), left, passed.numel()));
    CHECK_CLOSE(passed, kept.to(at::kFloat) * (50 / left), 1e-6);
  }
}

TEST("without a generator, or at a rate of 0, nothing is dropped; with the same seed the same is") {
  const at::Tensor x = seeded_noise(3, {2, 5, kDim});
  for (const double rate : {0.0, 0.9}) {
    NoisyBottleneck bottleneck(kDim, rate);
    bottleneck.mlp.fc1.weight = seeded_noise(4, {4 * kDim, kDim});
    bottleneck.mlp.fc2.weight = seeded_noise(5, {kDim, 4 * kDim});
    bottleneck.mlp.fc1.bias.zero_();
    bottleneck.mlp.fc2.bias.fill_(1);
    CHECK(bottleneck(x, std::nullopt).equal(bottleneck.mlp(x)));
    const at::Tensor noisy = bottleneck(x, make_generator(at::kCPU, 6));
    CHECK(noisy.equal(bottleneck.mlp(x)) == (rate == 0));
    CHECK(noisy.equal(bottleneck(x, make_generator(at::kCPU, 6))));
    CHECK(noisy.equal(bottleneck(x, make_generator(at::kCPU, 7))) == (rate == 0));
  }
}

// Losses of steps at a rate of 0 on features that stay, so that nothing but noise can tell them apart.
std::set<double> losses(double dropout) {
  ModelConfig model = small_config();
  model.bottleneck_dropout = dropout;
  const TrainConfig train{.learning_rate = 0, .final_learning_rate = 0, .easy_fraction = 0};
  Trainer trainer(model, {.resize_height = 16, .resize_width = 24, .crop_height = 16, .crop_width = 24}, train,
                  at::kCPU);
  // Weights of some size: with the first ones the decoder's output hangs on its biases.
  for (const NamedParameter& parameter : trainer.network().trainable_parameters()) {
    const at::NoGradGuard no_grad;
    if (parameter.tensor->dim() == 2) parameter.tensor->mul_(20);
  }
  trainer.begin({.image_count = 2, .iterations = 8, .batch_size = 2});
  const std::vector<at::Tensor> features = {seeded_noise(8, {2, 9, 16}), seeded_noise(9, {2, 9, 16})};
  std::set<double> found;
  for (int i = 0; i < 8; ++i) found.insert(trainer.step_on_features(features, {}).loss);
  return found;
}

TEST("training draws new noise in every step, and none where the rate is 0") {
  CHECK(losses(0.2).size() == 8);
  CHECK(losses(0).size() == 1);
}

TEST("noise is for training alone: scoring a network of any rate gives the same") {
  const at::NoGradGuard no_grad;
  ModelConfig noisy = small_config();
  noisy.bottleneck_dropout = 0.9;
  ModelConfig quiet = small_config();
  quiet.bottleneck_dropout = 0;
  const at::Tensor images = random_images(2, 16, 24);
  const GroupFeatures expected = small_network(quiet).forward(images, {});
  for (const auto& found :
       {small_network(noisy).forward(images, {}),
        make_plan(small_network(noisy), geometry_of(images), at::kCPU, Precision::kFloat32)->compared(images, {})}) {
    for (size_t group = 0; group < 2; ++group) CHECK_CLOSE(found.decoder[group], expected.decoder[group], 1e-5);
  }
}

}  // namespace
}  // namespace dinomaly::test
