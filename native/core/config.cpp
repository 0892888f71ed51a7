#include "config.h"

#include <algorithm>

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

void validate(const EncoderConfig& encoder) {
  require_positive(encoder.dim, "encoder.dim");
  require_positive(encoder.depth, "encoder.depth");
  require_positive(encoder.heads, "encoder.heads");
  require_positive(encoder.patch, "encoder.patch");
  require_positive(encoder.position_grid, "encoder.positionGrid");
  if (encoder.registers < 0) reject("Expected 0 or more for encoder.registers");
  if (encoder.dim % encoder.heads != 0) reject("Expected encoder.heads to divide encoder.dim");
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
  if (config.target_layers.front() < 0 || config.target_layers.back() >= config.encoder.depth) {
    reject("Expected targetLayers within the encoder's " + std::to_string(config.encoder.depth) + " blocks");
  }
  require_positions(config.encoder_groups, static_cast<int64_t>(config.target_layers.size()), "encoderGroups");
  require_positions(config.decoder_groups, config.decoder_depth, "decoderGroups");
  if (config.encoder_groups.size() != config.decoder_groups.size()) {
    reject("Expected as many encoderGroups as decoderGroups");
  }
  if (!(config.bottleneck_dropout >= 0 && config.bottleneck_dropout < 1)) {
    reject("Expected a rate in [0, 1) for bottleneckDropout");
  }
}

void validate(const Geometry& geometry, int64_t patch) {
  require_positive(geometry.crop_height, "crop height");
  require_positive(geometry.crop_width, "crop width");
  require_positive(geometry.map_height, "map height");
  require_positive(geometry.map_width, "map width");
  if (geometry.crop_height > geometry.resize_height || geometry.crop_width > geometry.resize_width) {
    reject("Expected a crop within the resized picture");
  }
  if (geometry.crop_height % patch != 0 || geometry.crop_width % patch != 0) {
    reject("Expected a crop that is a multiple of the patch, " + std::to_string(patch));
  }
  if (!(geometry.score_ratio >= 0 && geometry.score_ratio <= 1)) reject("Expected scoreRatio in [0, 1]");
}

}  // namespace dinomaly
