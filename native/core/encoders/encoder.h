// The frozen encoder: an image batch in, the outputs of its target blocks out. One file a family implements it;
// registry.* finds the family by name.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "../nn/attention.h"
#include "../nn/parameters.h"
#include "../stop_token.h"

namespace dinomaly {

struct Linear;

class Encoder {
 public:
  virtual ~Encoder() = default;

  // images [B, 3, H, W], normalised, H and W multiples of input_multiple() -> one [B, prefix + h * w, C] per target
  // block, in order, h x w being the grid of `patch` pixels.
  virtual std::vector<at::Tensor> features(const at::Tensor& images, const std::vector<int64_t>& target_layers,
                                           const StopToken& stop) const = 0;

  // Tokens before the patches: class and registers.
  virtual int64_t prefix_tokens() const = 0;

  // Tensors under the names of the family's publishers. What a file lacked is left out.
  virtual void visit(const std::string& prefix, const ParameterVisitor& visitor) = 0;

  // The linear layers that run up to the block `last_layer`, for plans that pack them.
  virtual std::vector<Linear*> linears(int64_t last_layer) = 0;

  // Keeps what follows from the patch grid alone, for images of this grid and features in `type`.
  virtual void fix_grid(const PatchGrid& grid, at::ScalarType type) = 0;

  // Drops the blocks after the first `count`, for an encoder that is only run.
  virtual void keep_blocks(int64_t count) = 0;

  // Makes LayerScale a part of the layers before it, for an encoder that is only run: fewer operators, fewer roundings.
  virtual void fold_scales() {}

  // Makes the weights of the blocks' norms a part of the layers after them, for the same.
  virtual void fold_norms() = 0;

  // Draws the weights of an untrained encoder, for trying the pipeline.
  virtual void initialise(at::Generator generator) = 0;

  // A copy that shares the tensors.
  virtual std::unique_ptr<Encoder> clone() const = 0;
};

// What the families share.

// Ends an image's tokens: class token [1, 1, C], registers [1, R, C] where defined, patches [B, P, C].
at::Tensor with_prefix(const at::Tensor& cls_token, const at::Tensor& registers, const at::Tensor& patches);

// Draws an untrained encoder. Not the usual normal 0.02 throughout, which leaves the blocks next to nothing to say: the
// features are then linear in the pixels, and a decoder that learned some colours reproduces all others too. Here each
// branch keeps half the variance of its input, so that features bend with what surrounds them and an unseen patch stays
// unseen.
void initialise_untrained(Encoder& encoder, at::Generator generator);

}  // namespace dinomaly
