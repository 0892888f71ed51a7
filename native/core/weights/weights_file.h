// Weights from a file of either kind, told apart by content; the extension does not matter.
#pragma once

#include <string>

#include "tensor_map.h"

namespace dinomaly {

// Throws FILE_READ, WEIGHTS_FORMAT.
FileInfo inspect_weights(const std::string& path);

// See read_safetensors and read_pth. `metadata` may be null; a .pth has none. Throws FILE_READ, WEIGHTS_FORMAT.
TensorMap read_weights(const std::string& path, Metadata* metadata);

}  // namespace dinomaly
