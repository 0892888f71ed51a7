#include "tokens.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "cpu_vectors.h"

namespace dinomaly {
namespace {

constexpr double kCosineEps = 1e-8;

#if defined(__x86_64__)

// What is too little work to wake a thread for.
constexpr int64_t kValuesPerThread = 1 << 14;

bool has_kernel(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && !at::GradMode::is_enabled() && vectors::supported();
}

bool has_mean_kernel(const std::vector<at::Tensor>& tensors) {
  return std::all_of(tensors.begin(), tensors.end(),
                     [](const at::Tensor& x) { return has_kernel(x) && x.is_contiguous(); });
}

at::Tensor mean_by_kernel(const std::vector<at::Tensor>& tensors) {
  std::vector<const float*> inputs;
  for (const at::Tensor& tensor : tensors) inputs.push_back(tensor.const_data_ptr<float>());
  at::Tensor out = at::empty_like(tensors.front());
  auto* const to = out.data_ptr<float>();
  at::parallel_for(0, out.numel(), kValuesPerThread, [&](int64_t begin, int64_t end) {
    std::vector<const float*> from = inputs;
    for (const float*& input : from) input += begin;
    vectors::mean(from.data(), static_cast<int64_t>(from.size()), end - begin, to + begin);
  });
  return out;
}

bool has_distance_kernel(const at::Tensor& x) { return has_kernel(x) && x.dim() == 3 && x.stride(2) == 1; }

at::Tensor distances_by_kernel(const at::Tensor& a, const at::Tensor& b) {
  const int64_t tokens = a.size(1), width = a.size(2);
  at::Tensor out = at::empty({a.size(0), tokens}, a.options());
  auto* const to = out.data_ptr<float>();
  const auto *const from_a = a.const_data_ptr<float>(), *const from_b = b.const_data_ptr<float>();
  const auto place = [&](const at::Tensor& x, int64_t row) {
    return row / tokens * x.stride(0) + row % tokens * x.stride(1);
  };
  at::parallel_for(0, out.numel(), std::max<int64_t>(1, kValuesPerThread / width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      to[row] = vectors::cosine_distance(from_a + place(a, row), from_b + place(b, row), width, kCosineEps);
    }
  });
  return out;
}

#else

bool has_mean_kernel(const std::vector<at::Tensor>&) { return false; }
at::Tensor mean_by_kernel(const std::vector<at::Tensor>&) { return {}; }
bool has_distance_kernel(const at::Tensor&) { return false; }
at::Tensor distances_by_kernel(const at::Tensor&, const at::Tensor&) { return {}; }

#endif

}  // namespace

at::Tensor mean_of(const std::vector<at::Tensor>& tensors) {
  if (tensors.size() == 1) return tensors.front();
  if (has_mean_kernel(tensors)) return mean_by_kernel(tensors);
  at::Tensor total = tensors[0] + tensors[1];
  for (size_t i = 2; i < tensors.size(); ++i) total.add_(tensors[i]);
  return total.div_(static_cast<double>(tensors.size()));
}

at::Tensor cosine_distances(const at::Tensor& a, const at::Tensor& b) {
  if (has_distance_kernel(a) && has_distance_kernel(b)) return distances_by_kernel(a, b);
  return 1 - at::cosine_similarity(a.to(at::kFloat), b.to(at::kFloat), -1, kCosineEps);
}

}  // namespace dinomaly
