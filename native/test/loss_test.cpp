// The three losses, and training under each variant.
#include "core/loss.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/generator.h"
#include "core/train/trainer.h"
#include "harness.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

// Legend: B batch, P points, C channels.
at::Tensor draw(uint64_t seed) { return at::empty({2, 6, 3}).normal_(0, 1, make_generator(at::kCPU, seed)); }

double cosine_distance(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.flatten().to(at::kDouble), y = b.flatten().to(at::kDouble);
  return 1 - x.dot(y).item<double>() / (x.norm().item<double>() * y.norm().item<double>());
}

TEST("the global cosine loss is the distance of whole pictures, the per-point loss that of points") {
  const Features encoder{draw(1), draw(2)}, decoder{draw(3), draw(4)};
  double whole = 0, points = 0;
  for (size_t g = 0; g < 2; ++g) {
    for (int64_t b = 0; b < 2; ++b) {
      whole += cosine_distance(encoder[g][b], decoder[g][b]) / 4;
      for (int64_t p = 0; p < 6; ++p) points += cosine_distance(encoder[g][b][p], decoder[g][b][p]) / 24;
    }
  }
  CHECK(std::abs(global_cosine_loss(encoder, decoder).item<double>() - whole) < 1e-6);
  CHECK(std::abs(per_point_loss(encoder, decoder).item<double>() - points) < 1e-6);
  CHECK(std::abs(loose_loss(encoder, decoder, 0.9, 0.1).item<double>() - whole) < 1e-6);
}

// Gradient of a loss with respect to the decoder's only group.
at::Tensor gradient(LossKind kind, double easy_fraction, double easy_factor) {
  const at::AutoGradMode with_grad(true);
  at::Tensor leaf = draw(6).requires_grad_(true);
  training_loss(kind, {draw(5)}, {leaf * 1}, easy_fraction, easy_factor).backward();
  return leaf.grad().clone();
}

TEST("easy points are shrunk in the loose and the per-point loss, never in the global cosine loss") {
  const at::Tensor distance = (1 - at::cosine_similarity(draw(5), draw(6), -1)).flatten();
  const at::Tensor hard = distance >= std::get<0>(distance.topk(3)).min();  // 3 = int(12 * (1 - 0.75))
  const at::Tensor expected = at::where(hard, at::ones({12}), at::full({12}, 0.25));
  for (LossKind kind : {LossKind::kLoose, LossKind::kPerPoint}) {
    const at::Tensor ratio = (gradient(kind, 0.75, 0.25) / gradient(kind, 0, 0.25)).mean(-1).flatten();
    CHECK_CLOSE(ratio, expected, 1e-4);
  }
  const at::Tensor plain = gradient(LossKind::kGlobalCosine, 0, 1);
  CHECK_CLOSE(gradient(LossKind::kGlobalCosine, 0.75, 0.25), plain, 0.0);
  CHECK_CLOSE(gradient(LossKind::kLoose, 0, 0.1), plain, 1e-6);
}

constexpr Geometry kGeometry{
    .resize_height = 24, .resize_width = 32, .crop_height = 24, .crop_width = 32, .map_height = 8, .map_width = 8};

// Losses of some steps on three pictures; the last steps run on cached features when there is a cache.
std::vector<double> losses(const ModelConfig& model, LossKind loss, int64_t cache_bytes) {
  std::vector<at::Tensor> pixels;
  at::Generator generator = make_generator(at::kCPU, 8);
  for (int64_t i = 0; i < 3; ++i) pixels.push_back(at::empty({26, 30, 3}, at::kByte).random_(0, 256, generator));
  TrainConfig config;
  config.warmup_steps = 2;
  config.easy_ramp_steps = 4;
  config.loss = loss;
  config.feature_cache_bytes = cache_bytes;
  Trainer trainer(model, kGeometry, config, at::kCPU);
  trainer.begin({.image_count = 3, .iterations = 6, .batch_size = 3});
  std::vector<double> found;
  for (int64_t step = 0; step < 6; ++step) {
    std::vector<IndexedImage> images;
    const std::vector<int64_t> needed = trainer.needed(0).value();
    for (int64_t index : needed) {
      images.push_back({index, {pixels[index].data_ptr<uint8_t>(), 26, 30, 3}});
    }
    const StepReport report = trainer.step(images, {});
    CHECK(!report.skipped && (loss != LossKind::kGlobalCosine || report.easy_fraction == 0));
    found.push_back(report.loss);
  }
  return found;
}

std::vector<ModelConfig> variants() {
  std::vector<ModelConfig> found(6, small_config());
  found[0].attention = AttentionKind::kEfficient;
  found[1].attention = AttentionKind::kSoftmax;
  found[1].neighbour_mask = 3;
  found[2].encoder_groups = found[2].decoder_groups = {{1}, {3}};
  found[3].encoder_groups = {{1, 3}};
  found[3].decoder_groups = {{0}};
  found[3].fusion = GroupFusion::kConcatenate;
  found[4].encoder_groups = found[4].decoder_groups = {{0}, {1}, {2}, {3}};
  found[5].bottleneck_dropout = 0;
  return found;
}

TEST("each variant trains: the loss falls, and cached features give the losses of features encoded anew") {
  for (const ModelConfig& model : variants()) {
    for (LossKind loss : {LossKind::kLoose, LossKind::kGlobalCosine, LossKind::kPerPoint}) {
      const std::vector<double> anew = losses(model, loss, 0), cached = losses(model, loss, 1 << 30);
      CHECK(anew.back() < anew.front());
      for (size_t step = 0; step < anew.size(); ++step) CHECK(std::abs(anew[step] - cached[step]) < 1e-3);
    }
  }
}

}  // namespace
}  // namespace dinomaly::test
