// From named tensors of a file into a network's own: all of them, or none.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "../nn/parameters.h"
#include "tensor_map.h"

namespace dinomaly {

// Names that need not match. A '*' in one stands for any characters.
struct MatchRules {
  std::set<std::string> may_lack;  // wanted, but may be absent: the tensor becomes undefined, so that it isn't written
  std::set<std::string> may_have;  // in the file, not wanted: left aside
};

// Puts each found tensor in place of the wanted one of its name, in the wanted one's dtype and device: the tensor
// itself where it is like that already and has memory of its own, else a copy. Nothing is written unless all fit.
// Throws WEIGHTS_MISMATCH listing missing, unexpected and misshapen names and those that hold integers, and
// WEIGHTS_NOT_FINITE naming the first tensor that holds NaN or infinity, in the file or in the wanted dtype.
void assign_weights(const std::vector<NamedParameter>& wanted, const TensorMap& found, const std::string& path,
                    const MatchRules& rules = {});

}  // namespace dinomaly
