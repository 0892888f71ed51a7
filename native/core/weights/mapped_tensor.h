// A tensor over a part of a mapped file.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string_view>

#include "dtype.h"
#include "mapped_file.h"

namespace dinomaly {

// The 1-D tensor [bytes.size() / dtype.bytes] of the values at `bytes`, a part of `file`. Shares the mapping, which
// then lives as long as the tensor; copies where the data is not aligned to its type, and booleans, whose stored bytes
// may be neither 0 nor 1.
at::Tensor view_mapped(std::shared_ptr<const MappedFile> file, std::string_view bytes, const Dtype& dtype);

}  // namespace dinomaly
