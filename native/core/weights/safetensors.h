// The safetensors format: an 8-byte header length, a JSON header {name: {dtype, shape, data_offsets}}, then the data.
// Headers are untrusted: every claim is compared with the file's size before it is used.
#pragma once

#include <string>

#include "tensor_map.h"

namespace dinomaly {

// Names, dtypes, shapes and metadata; the data is not touched. Throws FILE_READ, WEIGHTS_FORMAT.
FileInfo inspect_safetensors(const std::string& path);

// Tensors in their stored dtype, sharing a mapping of the file. `metadata` may be null. Throws FILE_READ,
// WEIGHTS_FORMAT.
TensorMap read_safetensors(const std::string& path, Metadata* metadata);

// Replaces `path` atomically (see atomic_file.h). Equal tensors and metadata give equal bytes: the header lists names
// in order, and the data lies by falling element size, then name, so that each tensor is aligned to its type. Tensors
// may be on any device and of any strides. Throws FILE_WRITE, and INVALID_INPUT for a dtype or a name the format lacks.
void write_safetensors(const std::string& path, const TensorMap& tensors, const Metadata& metadata);

}  // namespace dinomaly
