// PyTorch checkpoints (.pth, .pt): a pickle that describes the tensors, and their data, in a zip archive or, before
// PyTorch 1.6, one after the other. Read without Python and without executing anything; see pickle.h.
#pragma once

#include <string>

#include "tensor_map.h"

namespace dinomaly {

// Whether the bytes start like torch.save() before PyTorch 1.6 wrote them: a bare pickle.
bool is_legacy_pth(std::string_view bytes);

// Names, dtypes and shapes. Throws FILE_READ, WEIGHTS_FORMAT.
FileInfo inspect_pth(const std::string& path);

// The tensors of the state dict: the file's dict, or the one within it that holds tensors ('teacher', 'model' and
// 'state_dict' first). They share a mapping of the file, and storages where the checkpoint says so. Throws FILE_READ,
// WEIGHTS_FORMAT.
TensorMap read_pth(const std::string& path);

}  // namespace dinomaly
