// The Dinomaly network (section 3, figure 2): frozen encoder, noisy bottleneck, decoder, loose groups.
//
// Legend: B batch, N tokens (class, registers, patches), P patch tokens, C channels, G groups, F target features, h x w
// patch grid.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config.h"
#include "encoders/encoder.h"
#include "nn/block.h"
#include "nn/noisy_bottleneck.h"
#include "nn/parameters.h"
#include "stop_token.h"

namespace dinomaly {

// What is compared: groups of encoder and decoder without class and register tokens, each [B, P, C]; where the targets
// of a group are concatenated, each [B, P, targets * C].
struct GroupFeatures {
  std::vector<at::Tensor> encoder;
  std::vector<at::Tensor> decoder;
};

// What a pass over images has in it.
struct PassFeatures {
  std::vector<at::Tensor> targets;  // the encoder's output at each target layer, each [B, N, C]
  GroupFeatures groups;
};

class Network {
 public:
  // Allocates zero weights on the CPU. Throws Error INVALID_CONFIG.
  explicit Network(const ModelConfig& config);

  // A copy that shares the tensors: a plan may then pack its own linears.
  Network(const Network& other);
  Network(Network&&) = default;
  Network& operator=(Network&&) = default;

  const ModelConfig& config() const { return config_; }
  const Encoder& encoder() const { return *encoder_; }

  // The patches that images [B, 3, H, W], or the crops of a geometry, are cut into.
  PatchGrid grid_of(const at::Tensor& images) const;
  PatchGrid grid_of(const Geometry& geometry) const;

  // images [B, 3, H, W], normalised, H and W multiples of input_multiple() -> F tensors [B, N, C], all that the frozen
  // encoder has to give: the group means, or the targets to be concatenated; then the mean of all targets, unless the
  // group means give it.
  std::vector<at::Tensor> encode(const at::Tensor& images, const StopToken& stop) const;

  // features as from encode() -> bottleneck input [B, N, C]: the mean of all target features, whatever is compared.
  // Where the groups share the targets out among them it is the group means weighted by group size, so that two cached
  // means are enough for the two groups of the paper.
  at::Tensor fuse(const std::vector<at::Tensor>& features) const;

  // Bottleneck and decoder. features as from encode(); noise set means training mode. While gradients are recorded,
  // each block's backward polls `stop` too.
  GroupFeatures reconstruct(const std::vector<at::Tensor>& features, const PatchGrid& grid,
                            const std::optional<at::Generator>& noise, const StopToken& stop) const;

  // fused [B, N, C] -> [B, N, C]
  at::Tensor bottleneck(const at::Tensor& fused, const std::optional<at::Generator>& noise) const {
    return bottleneck_(fused, noise);
  }

  // Bottleneck, then the decoder's block outputs, first to last, each [B, N, C], from the fused features [B, N, C].
  std::vector<at::Tensor> decode(const at::Tensor& fused, const PatchGrid& grid,
                                 const std::optional<at::Generator>& noise, const StopToken& stop) const;

  // encode + reconstruct in eval mode.
  GroupFeatures forward(const at::Tensor& images, const StopToken& stop) const;

  // As forward, with what the encoder gave at each target layer, class and register tokens first.
  PassFeatures all_features(const at::Tensor& images, const StopToken& stop) const;

  // Figure 3: how much the patch `query` (counted row by row) takes from each patch in each decoder block, first to
  // last, mean over the heads, in eval mode. images [B, 3, H, W] -> fp32 [B, h, w] each. What the patch takes from
  // class and register tokens is left out.
  std::vector<at::Tensor> decoder_attention(const at::Tensor& images, int64_t query, const StopToken& stop) const;

  // Names start with "encoder.", "bottleneck.", "decoder." or "widen.".
  std::vector<NamedParameter> parameters();
  std::vector<NamedParameter> encoder_parameters();    // names without "encoder."
  std::vector<NamedParameter> trainable_parameters();  // bottleneck, decoder and what widens its last outputs
  std::vector<Linear*> linears();                      // those that run

  // Linear weights of all that is trained from a normal of deviation 0.01 cut at +-0.03, biases 0, norms 1 and 0.
  void initialise_trainable(at::Generator generator);
  // For a network that is only run: drops the blocks that no pass reaches, and keeps what follows from the grid alone,
  // of features in `type`.
  void keep_what_runs() { encoder_->keep_blocks(config_.target_layers.back() + 1); }
  void fix_grid(const PatchGrid& grid, at::ScalarType type);
  void fold_scales() { encoder_->fold_scales(); }  // as Encoder::fold_scales()
  void fold_norms();                               // as Encoder::fold_norms(), the decoder's too
  void initialise_encoder(at::Generator generator) { encoder_->initialise(generator); }

  // Moves (and converts) every tensor. The result owns fresh tensors where anything changed.
  void to(at::Device device, at::ScalarType type);

  // Rounds what products are made of, for arithmetic in `type`. LayerNorm, positions and single tokens stay in fp32:
  // they are small, and each step of the network adds to what rounding them loses.
  void round_products(at::ScalarType type);

  // Replaces each tensor by a copy of its own.
  void detach_copy();

 private:
  void visit_trainable(const ParameterVisitor& visitor);
  std::vector<at::Tensor> targets_of(const at::Tensor& images, const StopToken& stop) const;
  // From the targets to what encode() returns.
  std::vector<at::Tensor> grouped(const std::vector<at::Tensor>& targets) const;
  at::Tensor patches(const at::Tensor& tokens) const;
  AttentionContext attention_context(const PatchGrid& grid, at::Device device) const;
  bool concatenates() const { return config_.fusion == GroupFusion::kConcatenate; }

  ModelConfig config_;
  std::unique_ptr<Encoder> encoder_;
  NoisyBottleneck bottleneck_;
  std::vector<Block> decoder_;
  Linear widen_;  // [targets * C, C]; undefined unless the targets are concatenated
  bool groups_share_out_targets_ = true;
  PatchGrid fixed_;
  AttentionContext context_;  // attention_context() of the fixed grid
};

}  // namespace dinomaly
