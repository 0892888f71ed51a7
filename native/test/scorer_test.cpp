// What scoring promises of a picture, whatever else is scored.
#include "core/inference/scorer.h"

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
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    const Scorer scorer(network, geometry, at::kCPU, precision);
    const Scores together = scorer.score(pictures.views(), {});
    for (int64_t i = 0; i < 8; ++i) {
      const Scores alone = scorer.score({pictures.view(i)}, {});
      CHECK(at::equal(together.maps[i], alone.maps[0]));
      CHECK(at::equal(together.scores[i], alone.scores[0]));
    }
  }
}

}  // namespace
}  // namespace dinomaly::test
