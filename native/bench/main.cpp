// dinomaly_bench DEVICE SIZE: times the core on random weights, a ViT of SIZE (small, base or large) with four
// registers at 392. Tells its libtorch, then answers each line of standard input with the seconds that one batch took,
// the device having finished it:
//   score BATCH PRECISION     Scorer::score of pictures of 448 x 448 in host memory: resize, upload, network, maps,
//                             download
//   stream BATCH PRECISION    the same, the next batch being resized and the last one brought back while the device
//                             computes: the mean over a stream of batches
//   network BATCH PRECISION   the same of resized pictures that are on the device already, without the download
//   train BATCH               a training step with the encoder in it
//   cached BATCH              a training step on features kept on the device
//   profile BATCH PRECISION   no seconds, but what profile.h tells of `network`
// PRECISION is fp32, bf16 or int8. A line that fails is answered with the error's text. bench/eager.py answers the same
// lines.
//
// dinomaly_bench peak: answers each line, fp32, bf16 or int8, with what the CPU can do at best in it, as JSON.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/version.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "core/anomaly_map.h"
#include "core/device.h"
#include "core/error.h"
#include "core/generator.h"
#include "core/inference/graphs.h"
#include "core/inference/scorer.h"
#include "core/torch_error.h"
#include "core/train/trainer.h"
#include "core/words.h"
#include "core/workspace.h"
#include "peak.h"
#include "profile.h"

namespace dinomaly::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kSide = 448;
constexpr int64_t kStreamed = 12;  // batches
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

  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string what, precision;
    int64_t batch = 0;
    words >> what >> batch >> precision;
    const auto chosen = [&] { return from_word(kPrecisionWords, precision, "precision"); };
    if (what == "profile") return profile(device_, network(batch, chosen()));
    std::ostringstream seconds;
    seconds << seconds_of(what, batch, chosen);
    return seconds.str();
  }

 private:
  double seconds_of(const std::string& what, int64_t batch, const std::function<Precision()>& precision) {
    if (what == "score") return score(batch, precision());
    if (what == "stream") return stream(batch, precision());
    if (what == "network") return timed(network(batch, precision()));
    if (what == "train") return train(batch, 0);
    if (what == "cached") return train(batch, std::nullopt);
    throw Error("INVALID_INPUT",
                "Expected score, stream, network, train, cached or profile but received '" + what + "'");
  }

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

  const Scorer& scorer(Precision precision) {
    auto& found = scorers_[precision];
    if (!found) found = std::make_unique<Scorer>(network_, Geometry{}, device_, precision);
    return *found;
  }

  double score(int64_t batch, Precision precision) {
    const Scorer& own = scorer(precision);
    const std::vector<ImageView> images = pictures(batch);
    return timed([&] { own.score(images, {}); });
  }

  // As the queue of the addon does it: the device has two batches at a time.
  double stream(int64_t batch, Precision precision) {
    const Scorer& own = scorer(precision);
    const std::vector<ImageView> images = pictures(batch);
    const auto prepared = [&] {
      std::vector<at::Tensor> made(images.size());
      at::parallel_for(0, batch, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) made[i] = own.prepare(images[i]);
      });
      return made;
    };
    const double seconds = timed([&] {
      std::vector<at::Tensor> next = prepared();
      std::optional<PendingScores> last;
      for (int64_t i = 0; i < kStreamed; ++i) {
        PendingScores pending = own.start(next, {});
        next = prepared();
        if (last) last->wait();
        last = std::move(pending);
      }
      last->wait();
    });
    return seconds / kStreamed;
  }

  std::function<void()> network(int64_t batch, Precision precision) {
    const at::NoGradGuard no_grad;
    auto& plan = plans_[precision];
    if (!plan) plan = make_plan(network_, {}, device_, precision);
    const at::Tensor pixels = upload(prepare_images(pictures(batch), {}, device_), device_);
    return [this, pixels, &plan = *plan] {
      const Workspace::Scope scope(workspace_);
      for (const at::Tensor& part : pixels.split(plan.max_batch())) plan.run(part, {});
      synchronise(device_);
    };
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
  std::shared_ptr<Workspace> workspace_ = std::make_shared<Workspace>();
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
#ifdef DINOMALY_CUDA_LIBRARY
  dinomaly::open_cuda_library(DINOMALY_CUDA_LIBRARY);
#endif
  if (argc == 2 && std::string(argv[1]) == "peak") return dinomaly::bench::run_peak();
  if (argc != 3) {
    std::fprintf(stderr, "usage: dinomaly_bench cpu|cuda small|base|large\n       dinomaly_bench peak\n");
    return 2;
  }
  return dinomaly::bench::run(argv[1], argv[2]);
}
