#include "bytes_tensor.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/ne.h>

#include <cstring>

namespace dinomaly {

at::Tensor view_bytes(std::shared_ptr<const FileBytes> file, std::string_view bytes, const Dtype& dtype) {
  const int64_t count = static_cast<int64_t>(bytes.size()) / dtype.bytes;
  if (count == 0) return at::empty({0}, at::TensorOptions().dtype(dtype.type));
  char* const data = const_cast<char*>(bytes.data());
  if (dtype.type == at::kBool) return at::from_blob(data, {count}, at::TensorOptions().dtype(at::kByte)).ne(0);
  if (reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(dtype.bytes) != 0) {
    at::Tensor owned = at::empty({count}, at::TensorOptions().dtype(dtype.type));
    std::memcpy(owned.data_ptr(), data, bytes.size());
    return owned;
  }
  return at::from_blob(data, {count}, [file = std::move(file)](void*) {}, at::TensorOptions().dtype(dtype.type));
}

}  // namespace dinomaly
