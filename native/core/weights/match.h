// From named tensors of a file into a network's own: all of them, or none.
#pragma once

#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <vector>

#include "tensor_map.h"

namespace dinomaly {

struct NamedTensor {
  std::string name;
  at::Tensor* tensor;
};

// Names that need not match. One that ends in '.' stands for every name that starts with it.
struct MatchRules {
  std::set<std::string> may_lack;  // wanted, but may be absent: the tensor keeps its values
  std::set<std::string> may_have;  // in the file, not wanted: left aside
};

// Copies each found tensor into the wanted one of its name, in the wanted one's dtype and device. Nothing is written
// unless all fit. Throws WEIGHTS_MISMATCH listing missing, unexpected and misshapen names, and WEIGHTS_NOT_FINITE
// naming the first tensor that holds NaN or infinity, in the file or in the wanted dtype.
void assign_weights(const std::vector<NamedTensor>& wanted, const TensorMap& found, const std::string& path,
                    const MatchRules& rules = {});

// The same for any list of {name, tensor}.
template <typename Named>
void assign_weights(const std::vector<Named>& wanted, const TensorMap& found, const std::string& path,
                    const MatchRules& rules = {}) {
  std::vector<NamedTensor> list;
  list.reserve(wanted.size());
  for (const Named& entry : wanted) list.push_back({entry.name, entry.tensor});
  assign_weights(list, found, path, rules);
}

}  // namespace dinomaly
