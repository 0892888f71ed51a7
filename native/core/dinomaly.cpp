#include "dinomaly.h"

#include <ATen/ATen.h>

#include "encoders/registry.h"
#include "error.h"
#include "nn/initialise.h"

namespace dinomaly {
namespace {

constexpr double kDecoderNormEps = 1e-8;

// Mean of the tensors at `positions`.
at::Tensor group_mean(const std::vector<at::Tensor>& features, const std::vector<int64_t>& positions) {
  if (positions.size() == 1) return features[positions.front()];
  std::vector<at::Tensor> members;
  for (int64_t position : positions) members.push_back(features[position]);
  return at::stack(members).mean(0);
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
                          .norm_eps = kDecoderNormEps,
                          .layer_scale = false};
  for (int64_t i = 0; i < config.decoder_depth; ++i) decoder_.emplace_back(block);
}

Network::Network(const Network& other)
    : config_(other.config_),
      encoder_(other.encoder_->clone()),
      bottleneck_(other.bottleneck_),
      decoder_(other.decoder_) {}

std::vector<at::Tensor> Network::encode(const at::Tensor& images, const StopToken& stop) const {
  const int64_t patch = config_.encoder.patch;
  if (images.dim() != 4 || images.size(1) != 3 || images.size(2) % patch != 0 || images.size(3) % patch != 0 ||
      images.numel() == 0) {
    throw Error("INVALID_INPUT",
                "Expected images [B, 3, H, W] with H and W multiples of the patch, " + std::to_string(patch));
  }
  const std::vector<at::Tensor> features = encoder_->features(images, config_.target_layers, stop);
  std::vector<at::Tensor> groups;
  for (const auto& group : config_.encoder_groups) groups.push_back(group_mean(features, group));
  return groups;
}

at::Tensor Network::fuse(const std::vector<at::Tensor>& encoder_groups) const {
  at::Tensor total;
  double count = 0;
  for (size_t g = 0; g < encoder_groups.size(); ++g) {
    const double size = static_cast<double>(config_.encoder_groups[g].size());
    const at::Tensor share = encoder_groups[g] * size;
    total = total.defined() ? total + share : share;
    count += size;
  }
  return total / count;
}

std::vector<at::Tensor> Network::decode(const at::Tensor& fused, const std::optional<at::Generator>& noise,
                                        const StopToken& stop) const {
  at::Tensor tokens = bottleneck_(fused, noise);
  std::vector<at::Tensor> outputs;
  for (const Block& block : decoder_) {
    stop.check();
    tokens = block(tokens);
    poll_in_backward(tokens, stop);
    outputs.push_back(tokens);
  }
  return outputs;
}

at::Tensor Network::patches(const at::Tensor& tokens) const {
  const int64_t prefix = encoder_->prefix_tokens();
  return tokens.narrow(1, prefix, tokens.size(1) - prefix);
}

GroupFeatures Network::reconstruct(const std::vector<at::Tensor>& encoder_groups,
                                   const std::optional<at::Generator>& noise, const StopToken& stop) const {
  std::vector<at::Tensor> outputs = decode(fuse(encoder_groups), noise, stop);
  std::reverse(outputs.begin(), outputs.end());
  GroupFeatures result;
  for (const at::Tensor& group : encoder_groups) result.encoder.push_back(patches(group));
  for (const auto& group : config_.decoder_groups) result.decoder.push_back(patches(group_mean(outputs, group)));
  return result;
}

GroupFeatures Network::forward(const at::Tensor& images, const StopToken& stop) const {
  return reconstruct(encode(images, stop), std::nullopt, stop);
}

void Network::visit_trainable(const ParameterVisitor& visitor) {
  bottleneck_.visit("bottleneck.0.", visitor);
  for (size_t i = 0; i < decoder_.size(); ++i) decoder_[i].visit("decoder." + std::to_string(i) + ".", visitor);
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

void Network::detach_copy() {
  for (NamedParameter& parameter : parameters()) *parameter.tensor = parameter.tensor->detach().clone();
}

}  // namespace dinomaly
