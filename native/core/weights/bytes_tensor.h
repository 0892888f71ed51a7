// A tensor over a part of a file in memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string_view>

#include "dtype.h"
#include "file_reader.h"

namespace dinomaly {

// The 1-D tensor [bytes.size() / dtype.bytes] of the values at `bytes`, a part of `file`, whose memory then lives as
// long as the tensor; copies where the data is not aligned to its type, and booleans, whose stored bytes may be neither
// 0 nor
// 1. Nobody else may view what is written through it.
at::Tensor view_bytes(std::shared_ptr<const FileBytes> file, std::string_view bytes, const Dtype& dtype);

}  // namespace dinomaly
