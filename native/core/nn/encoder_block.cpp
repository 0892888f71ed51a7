#include "encoder_block.h"

#include <ATen/ATen.h>

#include "attention.h"
#include "cpu_attention.h"

namespace dinomaly {
namespace {

// The residual sum of a layer's output, of which LayerScale is a part so that the product is not rounded by itself.
at::Tensor add(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& gamma) {
  return at::addcmul(x, branch, gamma);
}

void fold(Linear& linear, at::Tensor& gamma) {
  if (!gamma.defined()) return;
  linear.weight = linear.weight * gamma.unsqueeze(1);
  linear.bias = linear.bias * gamma;
  gamma = at::Tensor();
}

}  // namespace

EncoderBlockConfig block_config(const EncoderConfig& encoder, double norm_eps) {
  return {.dim = encoder.dim,
          .heads = encoder.heads,
          .hidden = mlp_hidden(encoder),
          .norm_eps = norm_eps,
          .layer_scale = encoder.layer_scale,
          .mlp = encoder.mlp,
          .fused_swiglu = true,
          .naming = BlockNaming::kDinov2};
}

EncoderBlock::EncoderBlock(const EncoderBlockConfig& config)
    : norm1(config.dim, config.norm_eps),
      norm2(config.dim, config.norm_eps),
      qkv(Linear(config.dim, 3 * config.dim).feeding_products()),
      proj(config.dim, config.dim),
      mlp(config.dim, config.hidden, config.mlp, config.fused_swiglu),
      heads(config.heads),
      naming(config.naming) {
  if (naming == BlockNaming::kBeit) {
    qkv.bias = at::Tensor();
    q_bias = at::zeros({config.dim});
    v_bias = at::zeros({config.dim});
  }
  if (config.layer_scale) {
    gamma1 = at::ones({config.dim});
    gamma2 = at::ones({config.dim});
  }
}

at::Tensor EncoderBlock::fused_bias() const { return at::cat({q_bias, at::zeros_like(q_bias), v_bias}); }

at::Tensor EncoderBlock::attend(const at::Tensor& x, const Positions& positions) const {
  const int64_t batch = x.size(0), tokens = x.size(1), dim = x.size(2);
  const bool whole = qkv.packed || qkv.bias.defined();
  const at::Tensor projected = whole ? qkv(x) : at::linear(x, qkv.weight, fused_bias());
  if (has_cpu_attention(projected, heads)) return cpu_softmax_attention(projected, heads, positions);
  const at::Tensor split = projected.view({batch, tokens, 3, heads, dim / heads}).permute({2, 0, 3, 1, 4});
  at::Tensor q = split[0], k = split[1];  // [B, H, N, D]
  if (positions.rotary) {
    q = positions.rotary->turn(q);
    k = positions.rotary->turn(k);
  }
  const std::optional<at::Tensor> bias =
      positions.relative ? std::optional(positions.relative->bias(q.scalar_type())) : std::nullopt;
  const at::Tensor mixed = at::scaled_dot_product_attention(q, k, split[2], bias);
  return mixed.transpose(1, 2).reshape({batch, tokens, dim});
}

at::Tensor EncoderBlock::operator()(const at::Tensor& x, const Positions& positions) const {
  const at::Tensor attended = attend(norm1(x), positions);
  const at::Tensor mixed = gamma1.defined() ? add(x, proj(attended), gamma1) : proj.add_to(x, attended);
  const at::Tensor normed = norm2(mixed);
  return gamma2.defined() ? add(mixed, mlp(normed), gamma2) : mlp.add_to(mixed, normed);
}

void EncoderBlock::fold_scales() {
  fold(proj, gamma1);
  fold(mlp.last(), gamma2);
}

void EncoderBlock::fold_norms() {
  if (naming == BlockNaming::kBeit) qkv.bias = fused_bias();
  norm1.fold_into({&qkv});
  norm2.fold_into(mlp.first());
}

void EncoderBlock::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  const bool beit = naming == BlockNaming::kBeit;
  norm1.visit(prefix + "norm1.", visitor);
  visitor(prefix + "attn.qkv.weight", qkv.weight);
  if (beit && !qkv.bias.defined()) {
    visitor(prefix + "attn.q_bias", q_bias);
    visitor(prefix + "attn.v_bias", v_bias);
  } else {
    visitor(prefix + "attn.qkv.bias", qkv.bias);
  }
  proj.visit(prefix + "attn.proj.", visitor);
  if (gamma1.defined()) visitor(prefix + (beit ? "gamma_1" : "ls1.gamma"), gamma1);
  norm2.visit(prefix + "norm2.", visitor);
  mlp.visit(prefix + "mlp.", visitor);
  if (gamma2.defined()) visitor(prefix + (beit ? "gamma_2" : "ls2.gamma"), gamma2);
}

std::vector<Linear*> EncoderBlock::linears() {
  if (naming == BlockNaming::kBeit) qkv.bias = fused_bias();
  std::vector<Linear*> found = mlp.linears();
  found.insert(found.begin(), {&qkv, &proj});
  return found;
}

}  // namespace dinomaly
