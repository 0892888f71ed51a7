#include "hiera_block.h"

#include <ATen/ATen.h>

#include "attention.h"

namespace dinomaly {
namespace {

// x [G, h, w, C] -> the maximum of each pool x pool tokens.
at::Tensor pooled(const at::Tensor& x, int64_t pool) {
  if (pool == 1) return x;
  return at::max_pool2d(x.permute({0, 3, 1, 2}), {pool, pool}, {pool, pool}).permute({0, 2, 3, 1});
}

}  // namespace

HieraBlock::HieraBlock(const HieraBlockConfig& config)
    : norm1(config.dim, config.norm_eps),
      norm2(config.out, config.norm_eps),
      qkv(Linear(config.dim, 3 * config.out).feeding_products()),
      proj(config.out, config.out),
      mlp(config.out, config.hidden),
      heads(config.heads),
      window(config.window),
      pool(config.pool) {
  if (config.dim != config.out) {
    shortcut = Linear(config.dim, config.out);
    shortcut.rounding = Rounding::kFine;
  }
}

at::Tensor HieraBlock::attend(const at::Tensor& x) const {
  const int64_t groups = x.size(0), height = x.size(1), width = x.size(2);
  const at::Tensor projected = qkv(x);  // [G, h, w, 3C']
  const int64_t out = projected.size(3) / 3;
  if (pool == 1)
    return proj(projected_softmax_attention(projected.flatten(1, 2), heads).view({groups, height, width, out}));
  const auto by_head = [&](const at::Tensor& t) {
    return t.reshape({groups, -1, heads, out / heads}).transpose(1, 2);  // [G, H, s * s, D]
  };
  const at::Tensor q = pooled(projected.narrow(3, 0, out), pool);
  const at::Tensor mixed = at::scaled_dot_product_attention(by_head(q), by_head(projected.narrow(3, out, out)),
                                                            by_head(projected.narrow(3, 2 * out, out)));
  return proj(mixed.transpose(1, 2).reshape({groups, height / pool, width / pool, out}));
}

at::Tensor HieraBlock::attend_in_windows(const at::Tensor& x) const {
  const int64_t batch = x.size(0), height = x.size(1), width = x.size(2);
  const int64_t rows = (height + window - 1) / window, columns = (width + window - 1) / window;
  const at::Tensor padded = at::constant_pad_nd(x, {0, 0, 0, columns * window - width, 0, rows * window - height});
  const at::Tensor windows = padded.view({batch, rows, window, columns, window, -1})
                                 .permute({0, 1, 3, 2, 4, 5})
                                 .reshape({batch * rows * columns, window, window, -1});
  const int64_t side = window / pool;
  const at::Tensor mixed = attend(windows)
                               .view({batch, rows, columns, side, side, -1})
                               .permute({0, 1, 3, 2, 4, 5})
                               .reshape({batch, rows * side, columns * side, -1});
  return mixed.narrow(1, 0, height / pool).narrow(2, 0, width / pool);
}

at::Tensor HieraBlock::operator()(const at::Tensor& x) const {
  const at::Tensor normed = norm1(x);
  const at::Tensor residual = widens() ? pooled(shortcut(normed), pool) : x;
  const at::Tensor mixed = residual + (window > 0 ? attend_in_windows(normed) : attend(normed));
  return mlp.add_to(mixed, norm2(mixed));
}

void HieraBlock::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  norm1.visit(prefix + "norm1.", visitor);
  qkv.visit(prefix + "attn.qkv.", visitor);
  proj.visit(prefix + "attn.proj.", visitor);
  norm2.visit(prefix + "norm2.", visitor);
  mlp.fc1.visit(prefix + "mlp.layers.0.", visitor);
  mlp.fc2.visit(prefix + "mlp.layers.1.", visitor);
  if (widens()) shortcut.visit(prefix + "proj.", visitor);
}

std::vector<Linear*> HieraBlock::linears() {
  std::vector<Linear*> found{&qkv, &proj, &mlp.fc1, &mlp.fc2};
  if (widens()) found.push_back(&shortcut);
  return found;
}

void HieraBlock::fold_norms() {
  // Windows are padded with zeros after the norm: what its bias makes of them must not be a part of the layer.
  if (window == 0) norm1.fold_into(widens() ? std::vector<Linear*>{&qkv, &shortcut} : std::vector<Linear*>{&qkv});
  norm2.fold_into({&mlp.fc1});
}

}  // namespace dinomaly
