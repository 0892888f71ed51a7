// Settings of a Dinomaly network and of its training, as plain data. Defaults are the paper's; lib/options holds the
// same defaults for users, so code here never relies on them outside tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dinomaly {

struct EncoderConfig {
  std::string family = "dinov2";  // key of the encoder registry
  int64_t dim = 768;              // C
  int64_t depth = 12;             // transformer blocks in the file; those after the last target never run
  int64_t heads = 12;             // H
  int64_t patch = 14;             // pixels
  int64_t registers = 4;          // R
  int64_t position_grid = 37;     // side of the stored position table
  bool layer_scale = true;
};

enum class AttentionKind { kSoftmax, kLinear };

struct ModelConfig {
  EncoderConfig encoder;
  std::vector<int64_t> target_layers = {2, 3, 4, 5, 6, 7, 8, 9};  // 0-based encoder blocks
  // Positions within target_layers, one list a group; and within the decoder outputs listed last to first.
  std::vector<std::vector<int64_t>> encoder_groups = {{0, 1, 2, 3}, {4, 5, 6, 7}};
  std::vector<std::vector<int64_t>> decoder_groups = {{0, 1, 2, 3}, {4, 5, 6, 7}};
  int64_t decoder_depth = 8;
  int64_t decoder_heads = 12;
  AttentionKind attention = AttentionKind::kLinear;
  double bottleneck_dropout = 0.2;
};

// Throws Error INVALID_CONFIG naming the field: sizes below one, heads that do not divide the width, targets that are
// not ascending blocks of the encoder, groups that point outside or differ in number.
void validate(const ModelConfig& config);

// How a picture becomes the network's input, and how the map is returned. Pixels.
struct Geometry {
  int64_t resize_height = 448, resize_width = 448;
  int64_t crop_height = 392, crop_width = 392;
  int64_t map_height = 256, map_width = 256;
  double score_ratio = 0.01;  // share of the largest map pixels averaged into the score; 0 takes the maximum
};

// Throws Error INVALID_CONFIG when the crop exceeds the resize or is no multiple of the patch.
void validate(const Geometry& geometry, int64_t patch);

// Section "Optimiser and schedule" of the specification, and the loose loss (eq. 4-6).
struct TrainConfig {
  uint64_t seed = 1;
  double learning_rate = 2e-3;
  double final_learning_rate = 2e-4;
  int64_t warmup_steps = 100;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-10;
  double weight_decay = 1e-4;
  bool amsgrad = true;
  double clip_grad_norm = 0.1;
  double easy_fraction = 0.9;      // p after the ramp
  int64_t easy_ramp_steps = 1000;  // steps over which p rises from 0
  double easy_gradient_factor = 0.1;
  int64_t feature_cache_bytes = 0;  // 0 turns the cache off
};

// One training run: a seeded order over image_count pictures.
struct RunConfig {
  int64_t image_count = 0;
  int64_t iterations = 10000;
  int64_t batch_size = 16;
};

}  // namespace dinomaly
