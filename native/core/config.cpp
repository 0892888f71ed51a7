#include "config.h"

#include <algorithm>
#include <utility>

#include "error.h"

namespace dinomaly {
namespace {

[[noreturn]] void reject(const std::string& message) { throw Error("INVALID_CONFIG", message); }

void require_positive(int64_t value, const char* name) {
  if (value < 1) reject(std::string("Expected at least 1 for ") + name + " but received " + std::to_string(value));
}

void require_positions(const std::vector<std::vector<int64_t>>& groups, int64_t limit, const char* name) {
  if (groups.empty()) reject(std::string("Expected at least one group for ") + name);
  for (const auto& group : groups) {
    if (group.empty()) reject(std::string("Expected no empty group in ") + name);
    for (int64_t position : group) {
      if (position < 0 || position >= limit) {
        reject(std::string("Expected positions below ") + std::to_string(limit) + " in " + name + " but received " +
               std::to_string(position));
      }
    }
  }
}

constexpr size_t kStages = 4;
constexpr int64_t kTargetStage = 2;

// First target block that is possible, and one past the last.
std::pair<int64_t, int64_t> target_blocks(const EncoderConfig& encoder) {
  if (encoder.family != "hiera") return {0, encoder.depth};
  const int64_t first = encoder.stages[0] + encoder.stages[1];
  return {first, first + encoder.stages[kTargetStage]};
}

void validate_stages(const EncoderConfig& encoder) {
  if (encoder.stages.size() != kStages || encoder.windows.size() != kStages) {
    reject("Expected four stages and four windows for a hiera encoder");
  }
  int64_t blocks = 0;
  for (size_t i = 0; i < kStages; ++i) {
    require_positive(encoder.stages[i], "encoder.stages");
    require_positive(encoder.windows[i], "encoder.windows");
    if (i + 1 < kStages && encoder.windows[i] % 2 != 0) reject("Expected even encoder.windows before the last stage");
    blocks += encoder.stages[i];
  }
  if (blocks != encoder.depth) reject("Expected encoder.stages to add up to encoder.depth");
  // The stem is a quarter as wide as the target stage, and has a quarter of its heads.
  if (encoder.dim % 4 != 0 || encoder.heads % 4 != 0) reject("Expected encoder.dim and encoder.heads divisible by 4");
}

void validate(const EncoderConfig& encoder) {
  require_positive(encoder.dim, "encoder.dim");
  require_positive(encoder.depth, "encoder.depth");
  require_positive(encoder.heads, "encoder.heads");
  require_positive(encoder.patch, "encoder.patch");
  require_positive(encoder.position_grid, "encoder.positionGrid");
  if (encoder.registers < 0) reject("Expected 0 or more for encoder.registers");
  if (encoder.mlp_hidden < 0) reject("Expected 0 or more for encoder.mlpHidden");
  if (encoder.dim % encoder.heads != 0) reject("Expected encoder.heads to divide encoder.dim");
  if (encoder.family == "dinov3" && encoder.dim / encoder.heads % 4 != 0) {
    reject("Expected a width of the heads, encoder.dim / encoder.heads, divisible by 4 for a dinov3 encoder");
  }
  if (encoder.family == "hiera") validate_stages(encoder);
}

}  // namespace

void validate(const ModelConfig& config) {
  validate(config.encoder);
  require_positive(config.decoder_depth, "decoderDepth");
  require_positive(config.decoder_heads, "decoderHeads");
  if (config.encoder.dim % config.decoder_heads != 0) reject("Expected decoderHeads to divide encoder.dim");
  if (config.target_layers.empty()) reject("Expected at least one block in targetLayers");
  if (!std::is_sorted(config.target_layers.begin(), config.target_layers.end(), std::less_equal<>())) {
    reject("Expected strictly ascending blocks in targetLayers");
  }
  const auto [first, end] = target_blocks(config.encoder);
  if (config.target_layers.front() < first || config.target_layers.back() >= end) {
    reject("Expected targetLayers within the encoder's blocks " + std::to_string(first) + " to " +
           std::to_string(end - 1));
  }
  require_positions(config.encoder_groups, static_cast<int64_t>(config.target_layers.size()), "encoderGroups");
  require_positions(config.decoder_groups, config.decoder_depth, "decoderGroups");
  if (config.encoder_groups.size() != config.decoder_groups.size()) {
    reject("Expected as many encoderGroups as decoderGroups");
  }
  if (config.fusion == GroupFusion::kConcatenate && config.encoder_groups.size() != 1) {
    reject("Expected one group in encoderGroups where its targets are concatenated");
  }
  if (config.neighbour_mask != 0) {
    if (config.neighbour_mask < 0 || config.neighbour_mask % 2 == 0) reject("Expected an odd window for neighbourMask");
    if (config.attention != AttentionKind::kSoftmax) reject("Expected softmax attention with neighbourMask");
  }
  if (!(config.bottleneck_dropout >= 0 && config.bottleneck_dropout < 1)) {
    reject("Expected a rate in [0, 1) for bottleneckDropout");
  }
}

int64_t mlp_hidden(const EncoderConfig& encoder) {
  constexpr int64_t kRatio = 4;
  return encoder.mlp_hidden > 0 ? encoder.mlp_hidden : kRatio * encoder.dim;
}

int64_t input_multiple(const EncoderConfig& encoder) {
  return encoder.family == "hiera" ? 2 * encoder.patch : encoder.patch;
}

void validate(const Geometry& geometry, const EncoderConfig& encoder) {
  require_positive(geometry.crop_height, "crop height");
  require_positive(geometry.crop_width, "crop width");
  require_positive(geometry.map_height, "map height");
  require_positive(geometry.map_width, "map width");
  if (geometry.crop_height > geometry.resize_height || geometry.crop_width > geometry.resize_width) {
    reject("Expected a crop within the resized picture");
  }
  const int64_t multiple = input_multiple(encoder);
  if (geometry.crop_height % multiple != 0 || geometry.crop_width % multiple != 0) {
    reject("Expected a crop that is a multiple of " + std::to_string(multiple) + ", as the encoder takes");
  }
  if (!(geometry.score_ratio >= 0 && geometry.score_ratio <= 1)) reject("Expected scoreRatio in [0, 1]");
}

}  // namespace dinomaly
