// Named parameters of a layer. Layers are plain structs that own tensors; they show them by name to a visitor, so that
// initialisation, loading, saving and the optimiser share one list. Names are those of the authors' state dict.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace dinomaly {

struct NamedParameter {
  std::string name;  // as in the authors' state dict
  at::Tensor* tensor;
};

using ParameterVisitor = std::function<void(const std::string& name, at::Tensor& tensor)>;

}  // namespace dinomaly
