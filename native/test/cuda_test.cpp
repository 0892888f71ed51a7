// On a CUDA device: the CPU's results, memory that runs out, objects that pass from thread to thread, and a device that
// fails. Skipped where there is none. The last case ruins the device for its process.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <thread>

#include "core/device.h"
#include "core/generator.h"
#include "core/inference/scorer.h"
#include "core/torch_error.h"
#include "core/train/trainer.h"
#include "harness.h"
#include "pictures.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

constexpr Geometry kGeometry{
    .resize_height = 20, .resize_width = 28, .crop_height = 16, .crop_width = 24, .map_height = 8, .map_width = 8};
constexpr int64_t kMegabyte = 1 << 20;

at::Device cuda() {
  if (!at::hasCUDA()) SKIP("there is no CUDA device");
  return {at::kCUDA, 0};
}

TrainConfig train_config() {
  TrainConfig config;
  config.warmup_steps = 2;
  config.easy_ramp_steps = 4;
  return config;
}

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

// The code of what `work` throws; then there is room again, as after a job of the addon.
std::string code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::Error& error) {
    release_kept_device_memory();
    return from_torch(error).code();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

std::vector<at::Tensor> trained(at::Device device, int64_t steps, const TrainConfig& config) {
  const Pictures pictures(4);
  ModelConfig model = small_config();
  model.bottleneck_dropout = 0;  // each device draws its own noise
  Trainer trainer(model, kGeometry, config, device);
  trainer.begin({.image_count = 4, .iterations = steps, .batch_size = 2});
  for (int64_t i = 0; i < steps; ++i) trainer.step(pictures.views({0, 1, 2, 3}), {});
  std::vector<at::Tensor> weights;
  for (const auto& parameter : trainer.network().trainable_parameters()) {
    weights.push_back(parameter.tensor->detach().cpu());
  }
  return weights;
}

// Several fp32 products of a network of two groups of blocks.
constexpr double kExact = 1e-5;

TEST("CUDA: scores and maps are those of the CPU") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(3);
  const Network network = small_network();
  const Scores expected = Scorer(network, kGeometry, at::kCPU, Precision::kFloat32).score(pictures.views(), {});
  const Scores actual = Scorer(network, kGeometry, device, Precision::kFloat32).score(pictures.views(), {});
  CHECK(actual.maps.is_cpu() && !actual.maps.is_pinned());
  CHECK_CLOSE(actual.maps, expected.maps, kExact);
  CHECK_CLOSE(actual.scores, expected.scores, kExact);
}

TEST("CUDA: fp32 products are not rounded to TF32, whatever the environment asks for") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  at::globalContext().setAllowTF32CuBLAS(true);
  const at::Tensor a = at::randn({256, 512}), b = at::randn({512, 256});
  CHECK_CLOSE(at::matmul(a.to(device), b.to(device)).cpu(), at::matmul(a, b), 1e-5);
}

TEST("CUDA: training steps give the CPU's weights") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const auto expected = trained(at::kCPU, 6, train_config());
  const auto actual = trained(device, 6, train_config());
  for (size_t i = 0; i < expected.size(); ++i) CHECK_CLOSE(actual[i], expected[i], 1e-3, 1e-4);
}

TEST("CUDA: features from the cache train the same weights as features encoded anew") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  TrainConfig cached = train_config();
  cached.feature_cache_bytes = std::nullopt;
  const auto expected = trained(device, 8, train_config());
  const auto actual = trained(device, 8, cached);
  for (size_t i = 0; i < expected.size(); ++i) CHECK_CLOSE(actual[i], expected[i], 1e-3, 1e-4);
}

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

TEST("CUDA: memory that runs out is OUT_OF_MEMORY, and the next batch is scored") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(2);
  const Scorer scorer(small_network(), {}, device, Precision::kFloat32);
  scorer.score(pictures.views(), {});
  {
    const Ballast ballast(device, 64 * kMegabyte);
    const Pictures many(1);
    std::vector<ImageView> views(256, many.views().front());
    CHECK(code_of([&] { scorer.score(views, {}); }) == "OUT_OF_MEMORY");
    CHECK(code_of([&] { Trainer(ModelConfig{}, {}, train_config(), device); }) == "OUT_OF_MEMORY");
  }
  CHECK(scorer.score(pictures.views(), {}).scores.isfinite().all().item<bool>());
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
    CHECK(code_of([&] { trainer.step_on_features({features, features}, {}); }) == "OUT_OF_MEMORY");
  }
  const auto after = trainer.network().trainable_parameters();
  for (size_t i = 0; i < before.size(); ++i) CHECK(at::equal(before[i], *after[i].tensor));
  CHECK(trainer.step_on_features({features, features}, {}).step == 0);
}

TEST("CUDA: a model that one thread loads, another scores with and a third frees gives the same scores") {
  const at::Device device = cuda();
  const Pictures pictures(2);
  std::shared_ptr<Scorer> scorer;
  at::Tensor first, second;
  const auto on_thread = [&](const std::function<void()>& work) {
    std::thread([&] {
      const DeviceScope scope(device);
      work();
    }).join();
  };
  on_thread([&] { scorer = std::make_shared<Scorer>(small_network(), kGeometry, device, Precision::kFloat32); });
  on_thread([&] { first = scorer->score(pictures.views(), {}).scores; });
  on_thread([&] { second = scorer->score(pictures.views(), {}).scores; });
  std::thread([&] { scorer.reset(); }).join();
  CHECK(at::equal(first, second));
}

TEST("CUDA: threads that score at once each get their own pictures' scores") {
  const at::Device device = cuda();
  const Network network = small_network();
  const Pictures pictures(8);
  std::vector<at::Tensor> expected(8), actual(8);
  {
    const DeviceScope scope(device);
    const Scorer scorer(network, kGeometry, device, Precision::kFloat32);
    for (size_t i = 0; i < 8; ++i) expected[i] = scorer.score({pictures.views()[i]}, {}).maps;
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const DeviceScope scope(device);
      const Scorer scorer(network, kGeometry, device, Precision::kFloat32);
      for (int round = 0; round < 50; ++round) actual[i] = scorer.score({pictures.views()[i]}, {}).maps;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 8; ++i) CHECK(at::equal(actual[i], expected[i]));
}

TEST("CUDA: an abort is seen in the forward pass and in the backward pass, and the weights stay") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(4);
  Trainer trainer(small_config(), kGeometry, train_config(), device);
  trainer.begin({.image_count = 4, .iterations = 4, .batch_size = 2});
  StopSource stopped;
  stopped.request_stop();
  CHECK_THROWS_CODE(trainer.step(pictures.views({0, 1, 2, 3}), stopped.token()), "ABORTED");
  const at::AutoGradMode with_grad(true);
  StopSource later;
  const Network network = [&] {
    Network on_device = small_network();
    on_device.to(device, at::kFloat);
    for (auto& parameter : on_device.trainable_parameters()) parameter.tensor->requires_grad_(true);
    return on_device;
  }();
  const at::Tensor images = random_images(1, 16, 24).to(device);
  const GroupFeatures groups = network.reconstruct(network.encode(images, {}), {2, 3}, {}, later.token());
  later.request_stop();
  CHECK(code_of([&] { groups.decoder.front().sum().backward(); }) == "ABORTED");
  CHECK(trainer.step(pictures.views({0, 1, 2, 3}), {}).step == 0);
}

TEST("CUDA: the same seed trains the same weights to the bit") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const auto first = trained(device, 6, train_config()), second = trained(device, 6, train_config());
  for (size_t i = 0; i < first.size(); ++i) CHECK(at::equal(first[i], second[i]));
}

TEST("CUDA: a device that has failed is DEVICE_LOST, from the failure on") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(1);
  const Scorer scorer(small_network(), kGeometry, device, Precision::kFloat32);
  const at::Tensor outside = at::full({1}, 1 << 20, at::TensorOptions(device).dtype(at::kLong));
  CHECK(code_of([&] {
          at::index(at::zeros({4}, at::TensorOptions(device)), {outside});
          synchronise(device);
        }) == "DEVICE_LOST");
  CHECK(code_of([&] { scorer.score(pictures.views(), {}); }) == "DEVICE_LOST");
}

}  // namespace
}  // namespace dinomaly::test
