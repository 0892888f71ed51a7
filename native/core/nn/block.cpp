#include "block.h"

#include <ATen/ATen.h>

namespace dinomaly {
namespace {

constexpr int64_t kMlpRatio = 4;

}  // namespace

Block::Block(const BlockConfig& config)
    : norm1(config.dim, config.norm_eps),
      norm2(config.dim, config.norm_eps),
      attn(config.dim, config.heads, config.attention),
      mlp(config.dim, kMlpRatio * config.dim) {}

at::Tensor Block::operator()(const at::Tensor& x, const AttentionContext& context) const {
  const at::Tensor mixed = attn.add_to(x, norm1(x), context);
  return mlp.add_to(mixed, norm2(mixed));
}

void Block::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  norm1.visit(prefix + "norm1.", visitor);
  attn.visit(prefix + "attn.", visitor);
  norm2.visit(prefix + "norm2.", visitor);
  mlp.visit(prefix + "mlp.", visitor);
}

void Block::fold_norms() {
  norm1.fold_into({&attn.qkv});
  norm2.fold_into({&mlp.fc1});
}

}  // namespace dinomaly
