#include "layer_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include "cpu_rows.h"
#include "cpu_vectors.h"

namespace dinomaly {
namespace {

#if defined(__x86_64__)

// A few rows are too little work to wake a thread for.
constexpr int64_t kRowsPerThread = 32;

// Whether the kernel takes it: fp32 rows on a CPU with AVX-512, nothing folded, no gradients recorded.
bool has_kernel(const at::Tensor& x, const LayerNorm& norm) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && norm.weight.defined() && !at::GradMode::is_enabled() &&
         vectors::supported();
}

at::Tensor normalised(const at::Tensor& x, const LayerNorm& norm) {
  const at::Tensor packed = x.contiguous();
  at::Tensor out = at::empty_like(packed);
  const int64_t width = x.size(-1);
  const auto* const in = packed.const_data_ptr<float>();
  auto* const result = out.data_ptr<float>();
  const auto *const weight = norm.weight.const_data_ptr<float>(), *const bias = norm.bias.const_data_ptr<float>();
  at::parallel_for(0, packed.numel() / width, kRowsPerThread, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      rows::normalise(in + row * width, width, weight, bias, static_cast<float>(norm.eps), result + row * width);
    }
  });
  return out;
}

#else

bool has_kernel(const at::Tensor&, const LayerNorm&) { return false; }
at::Tensor normalised(const at::Tensor& x, const LayerNorm&) { return x; }

#endif

}  // namespace

LayerNorm::LayerNorm(int64_t dim, double eps_) : weight(at::ones({dim})), bias(at::zeros({dim})), eps(eps_) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  if (has_kernel(x, *this)) return normalised(x, *this);
  const auto norm = [&](const at::Tensor& values) {
    return at::layer_norm(values, {values.size(-1)}, weight, bias, eps);
  };
  // The CPU's kernel takes fp32 weights beside a rounded input, CUDA's does not.
  const bool mixed = weight.defined() && x.scalar_type() != weight.scalar_type() && !x.is_cpu();
  return mixed ? norm(x.to(weight.scalar_type())).to(x.scalar_type()) : norm(x);
}

void LayerNorm::visit(const std::string& prefix, const ParameterVisitor& visitor) {
  // An encoder's last norm, which is not applied, may be missing in its file.
  if (weight.defined()) visitor(prefix + "weight", weight);
  if (bias.defined()) visitor(prefix + "bias", bias);
}

void LayerNorm::fold_into(const std::vector<Linear*>& takers) {
  for (Linear* const taker : takers) {
    const at::Tensor shift = at::mv(taker->weight, bias);
    taker->bias = taker->bias.defined() ? taker->bias + shift : shift;
    taker->weight = taker->weight * weight;
  }
  weight = at::Tensor();
  bias = at::Tensor();
}

}  // namespace dinomaly
