// Settings of a Dinomaly network and of its training, as plain data. Defaults are the paper's; lib/options holds the
// same defaults for users, so code here never relies on them outside tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dinomaly {

// Of a block's feed-forward part.
enum class MlpKind { kGelu, kSwiGlu };

// The shape of an encoder. What a family does not have it leaves at its default.
struct EncoderConfig {
  std::string family = "vit";         // key of the encoder registry: vit, beit, dinov3, hiera
  int64_t dim = 768;                  // C, the width of the target features
  int64_t depth = 12;                 // transformer blocks in the file; those after the last target never run
  int64_t heads = 12;                 // H, of the target blocks
  int64_t patch = 14;                 // pixels of one token of the target features
  int64_t registers = 4;              // R
  int64_t position_grid = 37;         // side of the stored position table; beit: of the window its bias table spans
  bool layer_scale = true;            // vit, beit, dinov3
  MlpKind mlp = MlpKind::kGelu;       // vit, dinov3
  int64_t mlp_hidden = 0;             // width within the feed-forward part; 0 means 4 C
  bool shared_positions = false;      // beit: one bias table for all blocks, instead of one a block
  std::vector<int64_t> stages = {};   // hiera: blocks of each stage; the third one's are the possible targets
  std::vector<int64_t> windows = {};  // hiera: side of the attention windows of each stage
  std::vector<int64_t> global_blocks = {};  // hiera: blocks that attend to the whole picture
};

// Width within the feed-forward part of a block.
int64_t mlp_hidden(const EncoderConfig& encoder);

// What the sides of the network's input must be multiples of: the patch, or for a hierarchy that of its last stage.
int64_t input_multiple(const EncoderConfig& encoder);

enum class AttentionKind { kSoftmax, kLinear, kEfficient };

// How the target features of a group become one: their mean, or one after the other on the channels, which the last
// decoder outputs are widened to by a linear layer (scheme (b) of figure 4).
enum class GroupFusion { kMean, kConcatenate };

struct ModelConfig {
  EncoderConfig encoder;
  std::vector<int64_t> target_layers = {2, 3, 4, 5, 6, 7, 8, 9};  // 0-based encoder blocks
  // Positions within target_layers, one list a group; and within the decoder outputs listed last to first.
  std::vector<std::vector<int64_t>> encoder_groups = {{0, 1, 2, 3}, {4, 5, 6, 7}};
  std::vector<std::vector<int64_t>> decoder_groups = {{0, 1, 2, 3}, {4, 5, 6, 7}};
  GroupFusion fusion = GroupFusion::kMean;  // kConcatenate: one encoder group
  int64_t decoder_depth = 8;
  int64_t decoder_heads = 12;
  AttentionKind attention = AttentionKind::kLinear;
  int64_t neighbour_mask = 0;  // side of the window around a query that softmax attention leaves out, odd; 0: none
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

// Throws Error INVALID_CONFIG when the crop exceeds the resize or is no multiple of what the encoder takes.
void validate(const Geometry& geometry, const EncoderConfig& encoder);

// kLoose: global cosine with the gradients of easy points shrunk (eq. 4-6). kGlobalCosine: without that. kPerPoint:
// mean over the points of their own cosine distances, shrunk alike where easy_fraction is above 0.
enum class LossKind { kLoose, kGlobalCosine, kPerPoint };

// Section "Optimiser and schedule" of the specification, and the loss (section 3.4).
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
  LossKind loss = LossKind::kLoose;
  double easy_fraction = 0.9;      // p after the ramp
  int64_t easy_ramp_steps = 1000;  // steps over which p rises from 0
  double easy_gradient_factor = 0.1;
  // Of the memory that the network is in. 0 turns the cache off; nothing: on a GPU most of what the first step leaves
  // free, on the CPU no cache.
  std::optional<int64_t> feature_cache_bytes = 0;
};

// One training run: a seeded order over image_count pictures.
struct RunConfig {
  int64_t image_count = 0;
  int64_t iterations = 10000;
  int64_t batch_size = 16;
};

}  // namespace dinomaly
