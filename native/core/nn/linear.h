// A linear layer, y = x W^T + b, with an optional packed copy of W that an inference plan installs.
#pragma once

#include <memory>
#include <utility>

#include "parameters.h"

namespace dinomaly {

// Weights in the layout of a faster kernel (inference/packed_linear.*). Never used while gradients are recorded.
class PackedLinear {
 public:
  virtual ~PackedLinear() = default;
  // x [..., in] -> [..., out]
  virtual at::Tensor apply(const at::Tensor& x) const = 0;
  // The same followed by exact GELU, fused where the kernel can.
  virtual at::Tensor apply_gelu(const at::Tensor& x) const = 0;
  // residual + apply(x), rounded once.
  virtual at::Tensor apply_add(const at::Tensor& residual, const at::Tensor& x) const = 0;
  // Of the weights as they are held.
  virtual int64_t bytes() const = 0;
};

// How coarse a plan of the CPU may make a layer's products. Measured with a trained decoder on Hiera
// (docs/precision.md): errors come from where the signal is young, and from layers that replace it, since all that
// follows hangs on them.
enum class Rounding {
  kAny,
  kFine,  // bf16 at most: the first block, and what carries the signal from one width to another
  kNone,  // fp32: what makes the tokens
};

struct Linear {
  at::Tensor weight;  // [out, in], or a convolution's whose stride is its kernel, [out, channels, height, width]
  at::Tensor bias;    // [out]
  std::shared_ptr<const PackedLinear> packed;
  // Its output goes into products or attention only, not into the sums that run through the network: a plan may store
  // it in what its products take.
  bool feeds_products = false;
  Rounding rounding = Rounding::kAny;

  Linear() = default;
  Linear(int64_t in, int64_t out);

  // A convolution as the product that it is over the pixels of each patch, [..., in * side * side].
  static Linear convolution(int64_t in, int64_t out, int64_t side);

  Linear feeding_products() && {
    feeds_products = true;
    return std::move(*this);
  }

  at::Tensor operator()(const at::Tensor& x) const;
  // gelu(W x + b), erf form.
  at::Tensor gelu(const at::Tensor& x) const;
  // residual + W x + b
  at::Tensor add_to(const at::Tensor& residual, const at::Tensor& x) const;

  void visit(const std::string& prefix, const ParameterVisitor& visitor);
};

}  // namespace dinomaly
