// What scoring promises of a picture, whatever else is scored.
#include "core/inference/scorer.h"

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "core/picture_features.h"
#include "harness.h"
#include "pictures.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

// Wide enough that the products of a batch are cut otherwise than those of one picture.
ModelConfig wide_config() {
  ModelConfig config = small_config();
  config.encoder.dim = 192;
  config.encoder.heads = config.decoder_heads = 3;
  return config;
}

TEST("a picture's map and score on the CPU are the same to the bit, alone and among seven others") {
  const Geometry geometry{.resize_height = 128, .resize_width = 128, .crop_height = 112, .crop_width = 112};
  const Network network = small_network(wide_config());
  const Pictures pictures(8);
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
    const Scorer scorer(network, geometry, at::kCPU, precision);
    const Scores together = scorer.score(pictures.views(), {});
    for (int64_t i = 0; i < 8; ++i) {
      const Scores alone = scorer.score({pictures.view(i)}, {});
      CHECK(at::equal(together.maps[i], alone.maps[0]));
      CHECK(at::equal(together.scores[i], alone.scores[0]));
      CHECK(at::equal(together.features[i], alone.features[0]));
    }
  }
}

int64_t minor_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

TEST("passes after the first take no memory from the system") {
  ModelConfig config = wide_config();
  config.encoder.dim = 768;
  config.encoder.heads = config.decoder_heads = 12;
  // 784 tokens, as many as a picture of the paper has: tensors of up to 10 MB.
  const Geometry geometry{.resize_height = 224, .resize_width = 224, .crop_height = 224, .crop_width = 224};
  const Network network = small_network(config);
  const Pictures pictures(1);
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
    const Scorer scorer(network, geometry, at::kCPU, precision);
    scorer.score(pictures.views(), {});
    // The least of some: the system may take pages from an idle process at any time.
    int64_t faults = std::numeric_limits<int64_t>::max();
    for (int pass = 0; pass < 4; ++pass) {
      const int64_t before = minor_faults();
      scorer.score(pictures.views(), {});
      faults = std::min(faults, minor_faults() - before);
    }
    if (faults >= 100) std::printf("     %lld page faults\n", static_cast<long long>(faults));
    CHECK(faults < 100);
  }
}

TEST(
    "a picture as a whole is the mean of its tokens at length 1, group by group, and a token of zeros counts as "
    "zeros") {
  const at::Tensor a = at::tensor({3.0F, 4.0F, 0.0F, 2.0F, 0.0F, 0.0F}).view({1, 3, 2});
  const at::Tensor b = at::tensor({-5.0F, 0.0F, 5.0F, 0.0F, 0.0F, 7.0F}).view({1, 3, 2});
  const at::Tensor expected = at::tensor({0.2F, 0.6F, 0.0F, 1.0F / 3}).view({1, 4});
  CHECK(at::allclose(picture_features({a, b}), expected));
}

}  // namespace
}  // namespace dinomaly::test
