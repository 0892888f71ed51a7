// dinomaly_bench DEVICE SIZE: times the core on random weights, a ViT of SIZE (small, base or large) with four
// registers at 392. Tells its libtorch, then answers each line of standard input with the seconds that one batch took,
// the device having finished it:
//   score BATCH PRECISION     Scorer::score of pictures of 448 x 448 in host memory: resize, upload, network, maps,
//   download network BATCH PRECISION   the same of resized pictures that are on the device already, without the
//   download train BATCH               a training step with the encoder in it cached BATCH              a training step
//   on features kept on the device
// PRECISION is fp32, bf16 or int8. A line that fails is answered with the error's text. bench/eager.py answers the same
// lines.
//
// dinomaly_bench peak: answers each line, fp32, bf16 or int8, with what the CPU can do at best in it, as JSON.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/version.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "core/anomaly_map.h"
#include "core/device.h"
#include "core/error.h"
#include "core/generator.h"
#include "core/inference/scorer.h"
#include "core/torch_error.h"
#include "core/train/trainer.h"
#include "core/words.h"
#include "peak.h"

namespace dinomaly::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kSide = 448;
constexpr int64_t kManySteps = 1 << 30;

ModelConfig model_of(const std::string& size) {
  ModelConfig config;
  if (size == "small") config.encoder = {.dim = 384, .heads = 6};
  if (size == "large") {
    config.encoder = {.dim = 1024, .depth = 24, .heads = 16};
    config.target_layers = {4, 6, 8, 10, 12, 14, 16, 18};
  }
  config.decoder_heads = config.encoder.heads;
  return config;
}

class Bench {
 public:
  Bench(const std::string& device, const std::string& size)
      : device_(device == "cuda" ? "cuda:0" : device), scope_(device_), config_(model_of(size)), network_(config_) {
    const at::NoGradGuard no_grad;
    at::Generator draws = make_generator(at::kCPU, 1);
    network_.initialise_encoder(draws);
    network_.initialise_trainable(draws);
    picture_ = at::empty({kSide, kSide, 3}, at::kByte).random_(0, 256, draws);
  }

  double answer(const std::string& line) {
    std::istringstream words(line);
    std::string what, precision;
    int64_t batch = 0;
    words >> what >> batch >> precision;
    if (what == "score") return score(batch, from_word(kPrecisionWords, precision, "precision"));
    if (what == "network") return network(batch, from_word(kPrecisionWords, precision, "precision"));
    if (what == "train") return train(batch, 0);
    if (what == "cached") return train(batch, std::nullopt);
    throw Error("INVALID_INPUT", "Expected score, network, train or cached but received '" + what + "'");
  }

 private:
  double timed(const std::function<void()>& work) const {
    synchronise(device_);
    const auto start = Clock::now();
    work();
    synchronise(device_);
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  std::vector<ImageView> pictures(int64_t count) const {
    return std::vector<ImageView>(count, {picture_.data_ptr<uint8_t>(), kSide, kSide, 3});
  }

  double score(int64_t batch, Precision precision) {
    auto& scorer = scorers_[precision];
    if (!scorer) scorer = std::make_unique<Scorer>(network_, Geometry{}, device_, precision);
    const std::vector<ImageView> images = pictures(batch);
    return timed([&] { scorer->score(images, {}); });
  }

  double network(int64_t batch, Precision precision) {
    const at::NoGradGuard no_grad;
    auto& plan = plans_[precision];
    if (!plan) plan = make_plan(network_, {}, device_, precision);
    const at::Tensor pixels = upload(prepare_images(pictures(batch), {}, device_), device_);
    return timed([&] {
      for (const at::Tensor& part : pixels.split(plan->max_batch())) plan->run(part, {});
    });
  }

  // Every step sees the same `batch` pictures. With a cache the first two calls fill it.
  double train(int64_t batch, std::optional<int64_t> cache_bytes) {
    auto& trainer = trainers_[{batch, cache_bytes.has_value()}];
    if (!trainer) {
      TrainConfig config;
      config.feature_cache_bytes = device_.is_cpu() && !cache_bytes ? std::optional<int64_t>(1LL << 34) : cache_bytes;
      trainer = std::make_unique<Trainer>(config_, Geometry{}, config, device_);
      trainer->begin({.image_count = batch, .iterations = kManySteps, .batch_size = batch});
    }
    std::vector<IndexedImage> images;
    const std::vector<ImageView> views = pictures(batch);
    for (int64_t i = 0; i < batch; ++i) images.push_back({i, views[i]});
    return timed([&] { trainer->step(images, {}); });
  }

  at::Device device_;
  DeviceScope scope_;
  ModelConfig config_;
  Network network_;
  at::Tensor picture_;  // uint8 [kSide, kSide, 3]
  std::map<Precision, std::unique_ptr<Scorer>> scorers_;
  std::map<Precision, std::unique_ptr<Plan>> plans_;
  std::map<std::pair<int64_t, bool>, std::unique_ptr<Trainer>> trainers_;
};

void tell_version() { std::cout << "{\"version\":\"libtorch " << TORCH_VERSION << "\"}" << std::endl; }

std::string peak_json(const std::string& precision) {
  const Peak peak = measure_peak(precision);
  std::ostringstream json;
  json << "{\"loop\":" << peak.loop << ",\"product\":" << peak.product << "}";
  return json.str();
}

template <typename Answer>
int answer_lines(const Answer& answer) {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << answer(line) << std::endl;
    } catch (const c10::Error& error) {
      const Error known = from_torch(error);
      std::cout << known.code() << ": " << known.what() << std::endl;
    } catch (const Error& error) {
      std::cout << error.code() << ": " << error.what() << std::endl;
    }
  }
  return 0;
}

int run(const std::string& device, const std::string& size) {
  Bench bench(device, size);
  tell_version();
  return answer_lines([&](const std::string& line) { return bench.answer(line); });
}

int run_peak() {
  tell_version();
  return answer_lines(peak_json);
}

}  // namespace
}  // namespace dinomaly::bench

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "peak") return dinomaly::bench::run_peak();
  if (argc != 3) {
    std::fprintf(stderr, "usage: dinomaly_bench cpu|cuda small|base|large\n       dinomaly_bench peak\n");
    return 2;
  }
  return dinomaly::bench::run(argv[1], argv[2]);
}
