// A pre-norm block of Hiera: attention within windows of a grid, and where a stage begins, to half the resolution and
// twice the width.
#pragma once

#include <vector>

#include "layer_norm.h"
#include "mlp.h"

namespace dinomaly {

struct HieraBlockConfig {
  int64_t dim = 0;     // C of the input
  int64_t out = 0;     // C' of the output
  int64_t heads = 1;   // over C'
  int64_t hidden = 0;  // of the feed-forward part
  int64_t window = 0;  // side, in tokens of the input; 0 attends globally
  int64_t pool = 1;    // by which the resolution is divided
  double norm_eps = 1e-6;
};

// Legend: B batch, h x w grid, G groups (batch and windows), s x s tokens a window, H heads, D channels a head.
struct HieraBlock {
  LayerNorm norm1, norm2;
  Linear qkv;       // [3C', C]
  Linear proj;      // [C', C'], after the attention
  Linear shortcut;  // [C', C], of the residual path where the width changes
  Mlp mlp;
  int64_t heads = 1, window = 0, pool = 1;

  HieraBlock() = default;
  explicit HieraBlock(const HieraBlockConfig& config);

  // x [B, h, w, C] -> [B, h / pool, w / pool, C']
  at::Tensor operator()(const at::Tensor& x) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
  std::vector<Linear*> linears();

  // As EncoderBlock::fold_norms(), but for a norm before windows.
  void fold_norms();

 private:
  // x [G, s, s, C] -> [G, s / pool, s / pool, C']; queries are pooled, so the result is.
  at::Tensor attend(const at::Tensor& x) const;
  // attend() within windows. What does not fill a window is padded with zeros right and below, unmasked.
  at::Tensor attend_in_windows(const at::Tensor& x) const;
  bool widens() const { return shortcut.weight.defined() || shortcut.packed; }
};

}  // namespace dinomaly
