#include "attention_map.h"

#include <ATen/ATen.h>

namespace dinomaly {

double entropy(const at::Tensor& weights) {
  const at::Tensor exact = weights.to(at::kDouble);
  const double total = exact.sum().item<double>();
  if (total <= 0) return 0;
  const at::Tensor share = exact / total;
  // xlogy is 0 at 0, where the product with a logarithm would be NaN.
  return -at::xlogy(share, share).sum().item<double>();
}

AttentionMaps attention_maps(const std::vector<at::Tensor>& rows) {
  AttentionMaps maps{.weights = at::cat(rows).to(at::kFloat).cpu().contiguous(), .entropies = {}};
  for (const at::Tensor& block : maps.weights.unbind(0)) maps.entropies.push_back(entropy(block));
  return maps;
}

}  // namespace dinomaly
