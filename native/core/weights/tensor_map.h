// Named tensors as read from or written to a file, in file order of names.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dinomaly {

using TensorMap = std::map<std::string, at::Tensor>;
using Metadata = std::map<std::string, std::string>;

struct TensorInfo {
  std::string name;
  std::string dtype;  // safetensors spelling: F32, F16, BF16, I64, U8, ...
  std::vector<int64_t> shape;
};

struct FileInfo {
  std::string format;  // "safetensors" or "pth"
  Metadata metadata;   // empty for .pth
  std::vector<TensorInfo> tensors;
};

}  // namespace dinomaly
