#include "dinomaly.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "encoders/registry.h"
#include "error.h"
#include "nn/initialise.h"
#include "nn/tokens.h"

namespace dinomaly {
namespace {

constexpr double kDecoderNormEps = 1e-8;

at::Tensor group_mean(const std::vector<at::Tensor>& features, const std::vector<int64_t>& positions) {
  std::vector<at::Tensor> group;
  for (const int64_t position : positions) group.push_back(features[position]);
  return mean_of(group);
}

std::vector<int64_t> all_positions(int64_t count) {
  std::vector<int64_t> positions(count);
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

// True when each target is in exactly one group: the weighted group means are then the mean of all targets.
bool share_out(const std::vector<std::vector<int64_t>>& groups, int64_t targets) {
  std::vector<int64_t> positions;
  for (const auto& group : groups) positions.insert(positions.end(), group.begin(), group.end());
  std::sort(positions.begin(), positions.end());
  return positions == all_positions(targets);
}

// Makes the backward pass through `output` stop when asked to.
void poll_in_backward(const at::Tensor& output, const StopToken& stop) {
  if (output.requires_grad()) output.register_hook([stop](const at::Tensor&) { stop.check(); });
}

std::vector<NamedParameter> collect(const std::function<void(const ParameterVisitor&)>& visit) {
  std::vector<NamedParameter> found;
  visit([&](const std::string& name, at::Tensor& tensor) { found.push_back({name, &tensor}); });
  return found;
}

}  // namespace

Network::Network(const ModelConfig& config) : config_(config) {
  validate(config);
  encoder_ = make_encoder(config.encoder);
  bottleneck_ = NoisyBottleneck(config.encoder.dim, config.bottleneck_dropout);
  const BlockConfig block{.dim = config.encoder.dim,
                          .heads = config.decoder_heads,
                          .attention = config.attention,
                          .norm_eps = kDecoderNormEps};
  for (int64_t i = 0; i < config.decoder_depth; ++i) decoder_.emplace_back(block);
  const int64_t dim = config.encoder.dim;
  if (concatenates()) widen_ = Linear(dim, static_cast<int64_t>(config.encoder_groups.front().size()) * dim);
  groups_share_out_targets_ =
      !concatenates() && share_out(config.encoder_groups, static_cast<int64_t>(config.target_layers.size()));
}

Network::Network(const Network& other)
    : config_(other.config_),
      encoder_(other.encoder_->clone()),
      bottleneck_(other.bottleneck_),
      decoder_(other.decoder_),
      widen_(other.widen_),
      groups_share_out_targets_(other.groups_share_out_targets_),
      fixed_(other.fixed_),
      context_(other.context_) {}

PatchGrid Network::grid_of(const at::Tensor& images) const {
  return {images.size(2) / config_.encoder.patch, images.size(3) / config_.encoder.patch};
}

PatchGrid Network::grid_of(const Geometry& geometry) const {
  return {geometry.crop_height / config_.encoder.patch, geometry.crop_width / config_.encoder.patch};
}

std::vector<at::Tensor> Network::targets_of(const at::Tensor& images, const StopToken& stop) const {
  const int64_t multiple = input_multiple(config_.encoder);
  if (images.dim() != 4 || images.size(1) != 3 || images.size(2) % multiple != 0 || images.size(3) % multiple != 0 ||
      images.numel() == 0) {
    throw Error("INVALID_INPUT", "Expected images [B, 3, H, W] with H and W multiples of " + std::to_string(multiple));
  }
  return encoder_->features(images, config_.target_layers, stop);
}

std::vector<at::Tensor> Network::grouped(const std::vector<at::Tensor>& targets) const {
  std::vector<at::Tensor> kept;
  if (concatenates()) {
    for (int64_t position : config_.encoder_groups.front()) kept.push_back(targets[position]);
  } else {
    for (const auto& group : config_.encoder_groups) kept.push_back(group_mean(targets, group));
  }
  if (!groups_share_out_targets_) {
    kept.push_back(group_mean(targets, all_positions(static_cast<int64_t>(targets.size()))));
  }
  return kept;
}

std::vector<at::Tensor> Network::encode(const at::Tensor& images, const StopToken& stop) const {
  return grouped(targets_of(images, stop));
}

at::Tensor Network::fuse(const std::vector<at::Tensor>& features) const {
  if (!groups_share_out_targets_) return features.back();
  const auto& groups = config_.encoder_groups;
  const bool alike = std::all_of(groups.begin(), groups.end(),
                                 [&](const auto& group) { return group.size() == groups.front().size(); });
  if (alike) return mean_of(features);
  at::Tensor total;
  double count = 0;
  for (size_t g = 0; g < features.size(); ++g) {
    const double size = static_cast<double>(config_.encoder_groups[g].size());
    const at::Tensor share = features[g] * size;
    total = total.defined() ? total + share : share;
    count += size;
  }
  return total / count;
}

void Network::fix_grid(const PatchGrid& grid, at::ScalarType type) {
  encoder_->fix_grid(grid, type);
  context_ = attention_context(grid, bottleneck_.mlp.fc1.weight.device());
  fixed_ = grid;
}

AttentionContext Network::attention_context(const PatchGrid& grid, at::Device device) const {
  if (config_.neighbour_mask == 0) return {};
  if (fixed_ == grid) return context_;
  return {.excluded = neighbour_mask(grid, encoder_->prefix_tokens(), config_.neighbour_mask, device)};
}

std::vector<at::Tensor> Network::decode(const at::Tensor& fused, const PatchGrid& grid,
                                        const std::optional<at::Generator>& noise, const StopToken& stop) const {
  const AttentionContext context = attention_context(grid, fused.device());
  at::Tensor tokens = bottleneck_(fused, noise);
  std::vector<at::Tensor> outputs;
  for (const Block& block : decoder_) {
    stop.check();
    tokens = block(tokens, context);
    poll_in_backward(tokens, stop);
    outputs.push_back(tokens);
  }
  return outputs;
}

at::Tensor Network::patches(const at::Tensor& tokens) const {
  const int64_t prefix = encoder_->prefix_tokens();
  return tokens.narrow(1, prefix, tokens.size(1) - prefix);
}

GroupFeatures Network::reconstruct(const std::vector<at::Tensor>& features, const PatchGrid& grid,
                                   const std::optional<at::Generator>& noise, const StopToken& stop) const {
  std::vector<at::Tensor> outputs = decode(fuse(features), grid, noise, stop);
  std::reverse(outputs.begin(), outputs.end());
  GroupFeatures result;
  for (const auto& group : config_.decoder_groups) result.decoder.push_back(patches(group_mean(outputs, group)));
  std::vector<at::Tensor> compared;
  const size_t count = features.size() - (groups_share_out_targets_ ? 0 : 1);
  for (size_t i = 0; i < count; ++i) compared.push_back(patches(features[i]));
  if (!concatenates()) {
    result.encoder = std::move(compared);
    return result;
  }
  result.encoder = {at::cat(compared, -1)};
  for (at::Tensor& group : result.decoder) group = widen_(group);
  return result;
}

GroupFeatures Network::forward(const at::Tensor& images, const StopToken& stop) const {
  return reconstruct(encode(images, stop), grid_of(images), std::nullopt, stop);
}

PassFeatures Network::all_features(const at::Tensor& images, const StopToken& stop) const {
  std::vector<at::Tensor> targets = targets_of(images, stop);
  GroupFeatures groups = reconstruct(grouped(targets), grid_of(images), std::nullopt, stop);
  return {.targets = std::move(targets), .groups = std::move(groups)};
}

std::vector<at::Tensor> Network::decoder_attention(const at::Tensor& images, int64_t query,
                                                   const StopToken& stop) const {
  const PatchGrid grid = grid_of(images);
  const AttentionContext context = attention_context(grid, images.device());
  at::Tensor tokens = bottleneck_(fuse(encode(images, stop)), std::nullopt);
  std::vector<at::Tensor> rows;
  for (const Block& block : decoder_) {
    stop.check();
    const at::Tensor weights =
        block.attn.weights_of(block.norm1(tokens), encoder_->prefix_tokens() + query, context).mean(1);  // [B, N]
    rows.push_back(patches(weights).reshape({-1, grid.height, grid.width}));
    tokens = block(tokens, context);
  }
  return rows;
}

void Network::visit_trainable(const ParameterVisitor& visitor) {
  bottleneck_.visit("bottleneck.0.", visitor);
  for (size_t i = 0; i < decoder_.size(); ++i) decoder_[i].visit("decoder." + std::to_string(i) + ".", visitor);
  if (concatenates()) widen_.visit("widen.", visitor);
}

std::vector<NamedParameter> Network::parameters() {
  return collect([this](const ParameterVisitor& visitor) {
    encoder_->visit("encoder.", visitor);
    visit_trainable(visitor);
  });
}

std::vector<NamedParameter> Network::encoder_parameters() {
  return collect([this](const ParameterVisitor& visitor) { encoder_->visit("", visitor); });
}

std::vector<NamedParameter> Network::trainable_parameters() {
  return collect([this](const ParameterVisitor& visitor) { visit_trainable(visitor); });
}

std::vector<Linear*> Network::linears() {
  std::vector<Linear*> found = encoder_->linears(config_.target_layers.back());
  found.insert(found.end(), {&bottleneck_.mlp.fc1, &bottleneck_.mlp.fc2});
  for (Block& block : decoder_) {
    found.insert(found.end(), {&block.attn.qkv, &block.attn.proj, &block.mlp.fc1, &block.mlp.fc2});
  }
  if (concatenates()) found.push_back(&widen_);
  return found;
}

void Network::initialise_trainable(at::Generator generator) {
  visit_trainable([&](const std::string& name, at::Tensor& tensor) {
    if (tensor.dim() == 2) {
      truncated_normal(tensor, 0.01, 0.03, generator);
    } else {
      tensor.fill_(name.find("norm") != std::string::npos && name.ends_with("weight") ? 1 : 0);
    }
  });
}

void Network::to(at::Device device, at::ScalarType type) {
  for (NamedParameter& parameter : parameters()) *parameter.tensor = parameter.tensor->to(device, type);
}

void Network::fold_norms() {
  encoder_->fold_norms();
  for (Block& block : decoder_) block.fold_norms();
}

void Network::round_products(at::ScalarType type) {
  for (NamedParameter& parameter : parameters()) {
    const std::string& name = parameter.name;
    const bool product = name.ends_with("weight") || name.ends_with("bias") || name.find("gamma") != std::string::npos;
    if (product && name.find("norm") == std::string::npos) *parameter.tensor = parameter.tensor->to(type);
  }
}

void Network::detach_copy() {
  for (NamedParameter& parameter : parameters()) *parameter.tensor = parameter.tensor->detach().clone();
}

}  // namespace dinomaly
