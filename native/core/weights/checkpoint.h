// An opened torch checkpoint of either layout, the zip archive or the older row of pickles. Internal to this folder.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "file_reader.h"
#include "pickle.h"

namespace dinomaly {

// Texts and bytes are views of `file`.
struct Checkpoint {
  std::shared_ptr<const FileBytes> file;
  std::map<std::string, pickle::Tensor> tensors;
  std::map<std::string, std::string_view, std::less<>> storages;  // the data under each key
};

// Throws WEIGHTS_FORMAT.
Checkpoint open_zip_checkpoint(std::shared_ptr<const FileBytes> file);
Checkpoint open_legacy_checkpoint(std::shared_ptr<const FileBytes> file);

}  // namespace dinomaly
