#include "block.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

constexpr int64_t kMlpRatio = 4;

at::Tensor scaled(const at::Tensor& branch, const at::Tensor& gamma) {
  return gamma.defined() ? branch * gamma : branch;
}

}  // namespace

Block::Block(const BlockConfig& config)
    : norm1(config.dim, config.norm_eps),
      norm2(config.dim, config.norm_eps),
      attn(config.dim, config.heads, config.attention),
      mlp(config.dim, kMlpRatio * config.dim) {
  if (config.layer_scale) {
    gamma1 = at::ones({config.dim});
    gamma2 = at::ones({config.dim});
  }
}

at::Tensor Block::operator()(const at::Tensor& x, const AttentionContext& context) const {
  const at::Tensor mixed = x + scaled(attn(norm1(x), context), gamma1);
  return mixed + scaled(mlp(norm2(mixed)), gamma2);
}

void Block::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  norm1.visit(prefix + "norm1.", visitor);
  attn.visit(prefix + "attn.", visitor);
  if (gamma1.defined()) visitor(prefix + "ls1.gamma", gamma1);
  norm2.visit(prefix + "norm2.", visitor);
  mlp.visit(prefix + "mlp.", visitor);
  if (gamma2.defined()) visitor(prefix + "ls2.gamma", gamma2);
}

}  // namespace dinomaly
