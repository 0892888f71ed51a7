// The Dinomaly network (section 3, figure 2): frozen encoder, noisy bottleneck, decoder, loose groups.
//
// Legend: B batch, N tokens (class, registers, patches), P patch tokens, C channels, G groups, h x w patch grid.
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

// What is compared: group means of encoder and decoder without class and register tokens, each [B, P, C].
struct GroupFeatures {
  std::vector<at::Tensor> encoder;
  std::vector<at::Tensor> decoder;
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

  // images [B, 3, H, W], normalised, H and W multiples of the patch -> G means of target features, each [B, N, C].
  std::vector<at::Tensor> encode(const at::Tensor& images, const StopToken& stop) const;

  // Bottleneck input [B, N, C]: the mean of the target features, taken as the group means weighted by group size, so
  // that cached group means give the same result.
  at::Tensor fuse(const std::vector<at::Tensor>& encoder_groups) const;

  // Bottleneck and decoder. encoder_groups as from encode(); noise set means training mode. While gradients are
  // recorded, each block's backward polls `stop` too.
  GroupFeatures reconstruct(const std::vector<at::Tensor>& encoder_groups, const std::optional<at::Generator>& noise,
                            const StopToken& stop) const;

  // fused [B, N, C] -> [B, N, C]
  at::Tensor bottleneck(const at::Tensor& fused, const std::optional<at::Generator>& noise) const {
    return bottleneck_(fused, noise);
  }

  // Bottleneck, then the decoder's block outputs, first to last, each [B, N, C], from the fused features [B, N, C].
  std::vector<at::Tensor> decode(const at::Tensor& fused, const std::optional<at::Generator>& noise,
                                 const StopToken& stop) const;

  // encode + reconstruct in eval mode.
  GroupFeatures forward(const at::Tensor& images, const StopToken& stop) const;

  std::vector<NamedParameter> parameters();            // all, names start with "encoder.", "bottleneck." or "decoder."
  std::vector<NamedParameter> encoder_parameters();    // names without "encoder."
  std::vector<NamedParameter> trainable_parameters();  // bottleneck and decoder
  std::vector<Linear*> linears();                      // those that run

  // Linear weights of bottleneck and decoder from a normal of deviation 0.01 cut at +-0.03, biases 0, norms 1 and 0.
  void initialise_trainable(at::Generator generator);
  void initialise_encoder(at::Generator generator) { encoder_->initialise(generator); }

  // Moves (and converts) every tensor. The result owns fresh tensors where anything changed.
  void to(at::Device device, at::ScalarType type);

  // Replaces each tensor by a copy of its own.
  void detach_copy();

 private:
  void visit_trainable(const ParameterVisitor& visitor);
  at::Tensor patches(const at::Tensor& tokens) const;

  ModelConfig config_;
  std::unique_ptr<Encoder> encoder_;
  NoisyBottleneck bottleneck_;
  std::vector<Block> decoder_;
};

}  // namespace dinomaly
