#include "feed_forward.h"

#include <ATen/ATen.h>

namespace dinomaly {

SwiGlu::SwiGlu(int64_t dim, int64_t hidden, bool fused_) : w3(hidden, dim), fused(fused_) {
  if (fused) {
    w12 = Linear(dim, 2 * hidden).feeding_products();
  } else {
    w1 = Linear(dim, hidden).feeding_products();
    w2 = Linear(dim, hidden).feeding_products();
  }
}

at::Tensor SwiGlu::gated(const at::Tensor& x) const {
  if (!fused) return at::silu(w1(x)) * w2(x);
  const std::vector<at::Tensor> halves = w12(x).chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

void SwiGlu::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  if (fused) {
    w12.visit(prefix + "w12.", visitor);
  } else {
    w1.visit(prefix + "w1.", visitor);
    w2.visit(prefix + "w2.", visitor);
  }
  w3.visit(prefix + "w3.", visitor);
}

FeedForward::FeedForward(int64_t dim, int64_t hidden, MlpKind kind_, bool fused) : kind(kind_) {
  if (kind == MlpKind::kGelu) {
    gelu = Mlp(dim, hidden);
  } else {
    swiglu = SwiGlu(dim, hidden, fused);
  }
}

void FeedForward::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  if (kind == MlpKind::kGelu) {
    gelu.visit(prefix, visitor);
  } else {
    swiglu.visit(prefix, visitor);
  }
}

std::vector<Linear*> FeedForward::first() {
  if (kind == MlpKind::kGelu) return {&gelu.fc1};
  if (swiglu.fused) return {&swiglu.w12};
  return {&swiglu.w1, &swiglu.w2};
}

std::vector<Linear*> FeedForward::linears() {
  std::vector<Linear*> all = first();
  all.push_back(&last());
  return all;
}

}  // namespace dinomaly
