// On a CUDA device: the CPU's results, objects that pass from thread to thread, and a device that
// fails. Skipped where there is none. The last case ruins the device for its process.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <thread>

#include "core/generator.h"
#include "cuda_device.h"
#include "harness.h"
#include "pictures.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

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

TEST("CUDA: passes of every size give the CPU's scores, in fp32 and nearly in bf16") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(13);
  const Network network = small_network();
  const Scores expected = Scorer(network, kGeometry, at::kCPU, Precision::kFloat32).score(pictures.views(), {});
  for (const auto& [precision, relative] : {std::pair{Precision::kFloat32, kExact}, {Precision::kBfloat16, 0.1}}) {
    const Scorer scorer(network, kGeometry, device, precision);
    // Recorded, replayed, replayed with fewer pictures than before, and in several passes.
    for (const size_t count : {4, 4, 3, 1, 2, 13, 4}) {
      const std::vector<ImageView> all = pictures.views();
      const Scores actual = scorer.score({all.end() - static_cast<std::ptrdiff_t>(count), all.end()}, {});
      CHECK_CLOSE(actual.maps, expected.maps.slice(0, static_cast<int64_t>(13 - count)), relative);
      CHECK_CLOSE(actual.features, expected.features.slice(0, static_cast<int64_t>(13 - count)), relative);
    }
  }
}

TEST("CUDA: batches that are started before the last one is waited for each give their own scores") {
  const at::Device device = cuda();
  const DeviceScope scope(device);
  const Pictures pictures(8);
  const Scorer scorer(small_network(), kGeometry, device, Precision::kFloat32);
  std::vector<at::Tensor> alone;
  for (int64_t i = 0; i < 8; ++i) alone.push_back(scorer.score({pictures.view(i)}, {}).maps[0]);
  std::vector<std::pair<int64_t, PendingScores>> started;
  for (int round = 0; round < 20; ++round) {
    for (int64_t i = 0; i < 8; ++i) started.emplace_back(i, scorer.start({scorer.prepare(pictures.view(i))}, {}));
  }
  // By another thread, as the addon does it.
  std::thread([&] {
    for (const auto& [i, pending] : started) CHECK(at::equal(pending.wait().maps[0], alone[i]));
  }).join();
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
  CHECK(code_thrown_by([&] { groups.decoder.front().sum().backward(); }) == "ABORTED");
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
  CHECK(code_thrown_by([&] {
          at::index(at::zeros({4}, at::TensorOptions(device)), {outside});
          synchronise(device);
        }) == "DEVICE_LOST");
  CHECK(code_thrown_by([&] { scorer.score(pictures.views(), {}); }) == "DEVICE_LOST");
}

}  // namespace
}  // namespace dinomaly::test
