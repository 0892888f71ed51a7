// The feed-forward part of an encoder's block: two linear layers with exact GELU between them, or SwiGLU.
#pragma once

#include <vector>

#include "../config.h"
#include "mlp.h"

namespace dinomaly {

// w3(silu(a) * b), where [a, b] = w12(x), as DINOv2's giant stores it, or a = w1(x) and b = w2(x), as DINOv3 does.
struct SwiGlu {
  Linear w12;     // [2 * hidden, C], or
  Linear w1, w2;  // [hidden, C] each
  Linear w3;      // [C, hidden]
  bool fused = true;

  SwiGlu() = default;
  SwiGlu(int64_t dim, int64_t hidden, bool fused);

  // What w3 takes.
  at::Tensor gated(const at::Tensor& x) const;
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
};

struct FeedForward {
  MlpKind kind = MlpKind::kGelu;
  Mlp gelu;
  SwiGlu swiglu;

  FeedForward() = default;
  // fused: whether SwiGLU's two inner layers are one tensor.
  FeedForward(int64_t dim, int64_t hidden, MlpKind kind, bool fused);

  // x [..., C] -> [..., C]
  at::Tensor operator()(const at::Tensor& x) const {
    return kind == MlpKind::kGelu ? gelu(x) : swiglu.w3(swiglu.gated(x));
  }
  // residual + (*this)(x)
  at::Tensor add_to(const at::Tensor& residual, const at::Tensor& x) const {
    return kind == MlpKind::kGelu ? gelu.add_to(residual, x) : swiglu.w3.add_to(residual, swiglu.gated(x));
  }
  void visit(const std::string& prefix, const ParameterVisitor& visitor);
  std::vector<Linear*> linears();
  // Those that take the input.
  std::vector<Linear*> first();
  Linear& last() { return kind == MlpKind::kGelu ? gelu.fc2 : swiglu.w3; }
};

}  // namespace dinomaly
