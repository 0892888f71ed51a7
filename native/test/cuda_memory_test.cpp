// Memory of a CUDA device that runs out. Skipped where there is none.
#include <ATen/ATen.h>

#include "cuda_device.h"
#include "pictures.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

constexpr int64_t kMegabyte = 1 << 20;

// All of the device's memory but `left` bytes, until it dies: as another process would have it, so none stays with
// libtorch.
class Ballast {
 public:
  Ballast(at::Device device, int64_t left) {
    const int64_t bytes = free_device_bytes(device) - left;
    if (bytes > 0) held_ = at::empty({bytes}, at::TensorOptions(device).dtype(at::kByte));
  }
  ~Ballast() {
    held_.reset();
    release_kept_device_memory();
  }
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;

 private:
  at::Tensor held_;
};

TEST("CUDA: an automatic cache keeps what the first step leaves free, and nothing before it") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(4);
  TrainConfig config = train_config();
  config.feature_cache_bytes = std::nullopt;
  Trainer trainer(small_config(), kGeometry, config, device);
  trainer.begin({.image_count = 4, .iterations = 4, .batch_size = 4});
  trainer.step(pictures.views({0, 1, 2, 3}), {});
  CHECK(trainer.needed(0).value().size() == 4);
  trainer.step(pictures.views({0, 1, 2, 3}), {});
  CHECK(trainer.needed(0).value().empty());
}

TEST("CUDA: a cache that finds the device full keeps nothing, and training goes on") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(4);
  TrainConfig config = train_config();
  config.feature_cache_bytes = std::nullopt;
  Trainer trainer(small_config(), kGeometry, config, device);
  trainer.begin({.image_count = 4, .iterations = 4, .batch_size = 4});
  std::optional<Ballast> ballast;
  ballast.emplace(device, 600 * kMegabyte);  // cuBLAS and its workspaces have to fit
  trainer.step(pictures.views({0, 1, 2, 3}), {});
  for (int i = 0; i < 3; ++i) CHECK(!trainer.step(pictures.views({0, 1, 2, 3}), {}).skipped);
}

TEST("CUDA: passes for which there is no memory are halved, and give the same scores") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures one(1);
  const std::vector<ImageView> views(64, one.views().front());
  const Scorer scorer(small_network(), {}, device, Precision::kFloat32);
  const at::Tensor alone = scorer.score(one.views(), {}).scores;
  {
    const Ballast ballast(device, 256 * kMegabyte);
    CHECK_CLOSE(scorer.score(views, {}).scores, alone.expand({64}), kExact);
    CHECK(code_thrown_by([&] { Trainer(ModelConfig{}, {}, train_config(), device); }) == "OUT_OF_MEMORY");
  }
  CHECK_CLOSE(scorer.score(views, {}).scores, alone.expand({64}), kExact);
}

TEST("CUDA: a training step that finds no memory leaves the weights as they were, and training goes on") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  Trainer trainer({.encoder = {.dim = 384, .heads = 6}, .decoder_heads = 6}, {}, train_config(), device);
  trainer.begin({.image_count = 64, .iterations = 3, .batch_size = 64});
  std::vector<at::Tensor> before;
  for (const auto& parameter : trainer.network().trainable_parameters()) before.push_back(parameter.tensor->clone());
  const at::Tensor features = at::randn({64, 789, 384}, at::TensorOptions(device).dtype(at::kFloat));
  {
    const Ballast ballast(device, 700 * kMegabyte);
    CHECK(code_thrown_by([&] { trainer.step_on_features({features, features}, {}); }) == "OUT_OF_MEMORY");
  }
  const auto after = trainer.network().trainable_parameters();
  for (size_t i = 0; i < before.size(); ++i) CHECK(at::equal(before[i], *after[i].tensor));
  CHECK(trainer.step_on_features({features, features}, {}).step == 0);
}

}  // namespace
}  // namespace dinomaly::test
