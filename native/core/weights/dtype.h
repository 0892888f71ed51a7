// The element types of weight files, one table: safetensors' spelling, torch's storage class, libtorch's type.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace dinomaly {

struct Dtype {
  std::string_view name;     // in safetensors headers: "F32"
  std::string_view storage;  // in torch checkpoints: "FloatStorage"
  at::ScalarType type;
  int64_t bytes;  // an element
};

// Null when the table has no such type.
const Dtype* dtype_named(std::string_view name);
const Dtype* dtype_of_storage(std::string_view storage);
const Dtype* dtype_of(at::ScalarType type);

}  // namespace dinomaly
