// The training loop's promises: order, determinism, the feature cache, and weights that survive bad steps.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <set>

#include "core/generator.h"
#include "core/loss.h"
#include "core/train/trainer.h"
#include "harness.h"
#include "pictures.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

constexpr Geometry kGeometry{
    .resize_height = 20, .resize_width = 28, .crop_height = 16, .crop_width = 24, .map_height = 8, .map_width = 8};

TrainConfig train_config() {
  TrainConfig config;
  config.warmup_steps = 2;
  config.easy_ramp_steps = 4;
  return config;
}

std::vector<at::Tensor> weights(Trainer& trainer) {
  std::vector<at::Tensor> copies;
  for (const auto& parameter : trainer.network().trainable_parameters())
    copies.push_back(parameter.tensor->detach().clone());
  return copies;
}

bool equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  if (a.empty()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i].equal(b[i])) return false;
  }
  return a.size() == b.size();
}

std::vector<at::Tensor> train(const TrainConfig& config, int64_t steps) {
  const Pictures pictures(5);
  Trainer trainer(small_config(), kGeometry, config, at::kCPU);
  trainer.begin({.image_count = 5, .iterations = steps, .batch_size = 2});
  for (int64_t i = 0; i < steps; ++i) trainer.step(pictures.views(trainer.needed(0).value()), {});
  return weights(trainer);
}

TEST("each epoch shows every picture at most once, in another seeded order, and drops the partial batch") {
  const EpochOrder order(7, 10, 3);
  std::set<int64_t> seen;
  for (int64_t step = 0; step < 3; ++step) {
    for (int64_t index : order.batch(step)) CHECK(index >= 0 && index < 10 && seen.insert(index).second);
  }
  CHECK(order.batch(0) == EpochOrder(7, 10, 3).batch(0));
  CHECK(order.batch(0) != order.batch(3) || order.batch(1) != order.batch(4));
  CHECK(order.batch(0) != EpochOrder(8, 10, 3).batch(0) || order.batch(1) != EpochOrder(8, 10, 3).batch(1));
}

TEST("a batch larger than the set is the set") {
  const EpochOrder order(1, 3, 16);
  CHECK(order.batch_size() == 3);
  const auto batch = order.batch(4);
  CHECK(std::set<int64_t>(batch.begin(), batch.end()).size() == 3);
}

TEST("the same seed trains the same weights to the bit, another seed others") {
  const auto first = train(train_config(), 6);
  CHECK(equal(first, train(train_config(), 6)));
  TrainConfig other = train_config();
  other.seed = 2;
  CHECK(!equal(first, train(other, 6)));
}

TEST("features from the cache train the same weights as features encoded anew") {
  TrainConfig cached = train_config();
  cached.feature_cache_bytes = 1 << 30;
  const auto expected = train(train_config(), 8);
  const auto actual = train(cached, 8);
  // The optimiser divides by the gradient's size: where that is next to nothing, rounding decides the update.
  for (size_t i = 0; i < expected.size(); ++i) CHECK_CLOSE(actual[i], expected[i], 1e-4, 1e-5);
}

TEST("a cache of two pictures asks for the others again") {
  const Pictures pictures(4);
  TrainConfig config = train_config();
  config.feature_cache_bytes = 2 * 2 * (3 + 6) * 16 * 4;  // two pictures of G 2, N 9, C 16, fp32
  Trainer trainer(small_config(), kGeometry, config, at::kCPU);
  trainer.begin({.image_count = 4, .iterations = 8, .batch_size = 4});
  CHECK(trainer.needed(0).value().size() == 4);
  trainer.step(pictures.views(trainer.needed(0).value()), {});
  CHECK(trainer.needed(0).value().size() == 2);
  CHECK(!trainer.needed(7).has_value());
}

TEST("a picture that was asked for and not brought is an error that names it") {
  Trainer trainer(small_config(), kGeometry, train_config(), at::kCPU);
  trainer.begin({.image_count = 2, .iterations = 1, .batch_size = 2});
  CHECK_THROWS_CODE(trainer.step({}, {}), "INVALID_INPUT");
}

TEST("a non-finite loss never reaches the weights, and ten in a row end the run") {
  Trainer trainer(small_config(), kGeometry, train_config(), at::kCPU);
  trainer.begin({.image_count = 2, .iterations = 100, .batch_size = 2});
  const auto before = weights(trainer);
  const std::vector<at::Tensor> bad(2, at::full({2, 9, 16}, NAN));
  for (int i = 0; i < 9; ++i) CHECK(trainer.step_on_features(bad, {}).skipped);
  CHECK(equal(before, weights(trainer)));
  const at::Tensor fine = at::randn({2, 9, 16});
  CHECK(!trainer.step_on_features({fine, fine}, {}).skipped);
  for (int i = 0; i < 9; ++i) CHECK(trainer.step_on_features(bad, {}).skipped);
  CHECK_THROWS_CODE(trainer.step_on_features(bad, {}), "TRAINING_DIVERGED");
}

TEST("a gradient that is not finite never reaches the weights, though the loss is") {
  Trainer trainer(small_config(), kGeometry, train_config(), at::kCPU);
  trainer.begin({.image_count = 2, .iterations = 100, .batch_size = 2});
  const at::Tensor fine = at::empty({2, 9, 16}).normal_(0, 1, make_generator(at::kCPU, 21));
  CHECK(!trainer.step_on_features({fine, fine}, {}).skipped);  // at a rate of 0
  const auto before = weights(trainer);
  bool broken = true;
  trainer.network().trainable_parameters().front().tensor->register_hook(
      [&broken](const at::Tensor& grad) { return broken ? grad * INFINITY : grad; });
  const StepReport report = trainer.step_on_features({fine, fine}, {});
  CHECK(report.skipped && std::isfinite(report.loss) && !std::isfinite(report.grad_norm));
  CHECK(equal(before, weights(trainer)));
  broken = false;
  CHECK(!trainer.step_on_features({fine, fine}, {}).skipped);
  CHECK(!equal(before, weights(trainer)));
}

TEST("an aborted step leaves weights and schedule as they were, and training goes on") {
  const Pictures pictures(4);
  Trainer trainer(small_config(), kGeometry, train_config(), at::kCPU);
  trainer.begin({.image_count = 4, .iterations = 4, .batch_size = 2});
  const auto before = weights(trainer);
  StopSource stopped;
  stopped.request_stop();
  CHECK_THROWS_CODE(trainer.step(pictures.views({0, 1, 2, 3}), stopped.token()), "ABORTED");
  CHECK(equal(before, weights(trainer)));
  CHECK(trainer.step(pictures.views({0, 1, 2, 3}), {}).step == 0);
}

TEST("the encoder is frozen") {
  const Pictures pictures(4);
  Trainer trainer(small_config(), kGeometry, train_config(), at::kCPU);
  std::vector<at::Tensor> before;
  for (const auto& parameter : trainer.network().encoder_parameters()) before.push_back(parameter.tensor->clone());
  trainer.begin({.image_count = 4, .iterations = 4, .batch_size = 2});
  for (int i = 0; i < 4; ++i) trainer.step(pictures.views({0, 1, 2, 3}), {});
  std::vector<at::Tensor> after;
  for (const auto& parameter : trainer.network().encoder_parameters()) after.push_back(*parameter.tensor);
  CHECK(equal(before, after));
}

TEST("the learning rate warms up from zero and falls along a cosine") {
  const LrSchedule schedule{.base = 2e-3, .final = 2e-4, .warmup_steps = 100, .total_steps = 10000};
  CHECK(schedule.at(0) == 0);
  CHECK(schedule.at(99) == 2e-3);
  CHECK(schedule.at(100) == 2e-3);
  CHECK(std::abs(schedule.at(5050) - 1.1e-3) < 1e-9);
  CHECK(schedule.at(9999) > 2e-4 && schedule.at(9999) < 2.001e-4);
}

TEST("points closer than the k-th largest distance get a tenth of the gradient") {
  at::Tensor decoder = at::randn({1, 10, 4}, make_generator(at::kCPU, 9)).requires_grad_(true);
  const at::Tensor encoder = at::randn({1, 10, 4}, make_generator(at::kCPU, 10));
  const auto gradient = [&](double easy_fraction) {
    at::AutoGradMode with_grad(true);
    at::Tensor seen = decoder * 1;
    decoder.mutable_grad() = at::Tensor();
    loose_loss({encoder}, {seen}, easy_fraction, 0.1).backward();
    return decoder.grad().clone();
  };
  const at::Tensor ratio = (gradient(0.7) / gradient(0.0)).mean(-1).flatten();
  const at::Tensor distance = (1 - at::cosine_similarity(encoder, decoder.detach(), -1)).flatten();
  const at::Tensor hard = distance >= std::get<0>(distance.topk(3)).min();
  CHECK_CLOSE(ratio, at::where(hard, at::ones({10}), at::full({10}, 0.1)), 1e-4);
}

}  // namespace
}  // namespace dinomaly::test
