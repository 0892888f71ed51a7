#include "pth.h"

#include <map>

#include "bytes.h"
#include "bytes_tensor.h"
#include "checkpoint.h"

namespace dinomaly {
namespace {

Checkpoint open_checkpoint(const std::string& path) {
  auto file = FileBytes::read(path);
  return is_legacy_pth(file->bytes()) ? open_legacy_checkpoint(std::move(file)) : open_zip_checkpoint(std::move(file));
}

// The storages of a checkpoint as 1-D tensors, each made once, so that tied tensors stay tied.
class Storages {
 public:
  explicit Storages(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  const at::Tensor& get(const pickle::Storage& storage, const std::string& tensor) {
    const auto [entry, is_new] = loaded_.try_emplace(std::string(storage.key));
    if (is_new) {
      entry->second = load(storage, tensor);
    } else if (entry->second.scalar_type() != storage.dtype->type || entry->second.numel() != storage.count) {
      refuse_weights(checkpoint_.file->path(),
                     "tensor " + in_quotes(tensor) + " describes its storage in a second way");
    }
    return entry->second;
  }

 private:
  at::Tensor load(const pickle::Storage& storage, const std::string& tensor) const {
    const auto data = checkpoint_.storages.find(storage.key);
    if (data == checkpoint_.storages.end()) {
      refuse_weights(checkpoint_.file->path(), "the data of tensor " + in_quotes(tensor) + ", the storage " +
                                                   in_quotes(storage.key) + ", is missing");
    }
    const std::optional<int64_t> bytes = checked_product(storage.count, storage.dtype->bytes);
    if (!bytes || static_cast<uint64_t>(*bytes) != data->second.size()) {
      refuse_weights(checkpoint_.file->path(), "the data of tensor " + in_quotes(tensor) + " has " +
                                                   std::to_string(data->second.size()) + " bytes instead of " +
                                                   std::to_string(storage.count) + " elements of " +
                                                   std::string(storage.dtype->name));
    }
    return view_bytes(checkpoint_.file, data->second, *storage.dtype);
  }

  const Checkpoint& checkpoint_;
  std::map<std::string, at::Tensor> loaded_;
};

}  // namespace

bool is_legacy_pth(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

FileInfo inspect_pth(const std::string& path) {
  const Checkpoint checkpoint = open_checkpoint(path);
  FileInfo info{.format = "pth", .metadata = {}, .tensors = {}};
  for (const auto& [name, tensor] : checkpoint.tensors) {
    info.tensors.push_back({name, std::string(tensor.storage.dtype->name), tensor.sizes});
  }
  return info;
}

TensorMap read_pth(const std::string& path) {
  const Checkpoint checkpoint = open_checkpoint(path);
  Storages storages(checkpoint);
  TensorMap tensors;
  // What the tensors amount to when they are copied: tied ones count each, yet a file may not claim without end.
  uint64_t claimed = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const at::Tensor& storage = storages.get(tensor.storage, name);
    at::Tensor view = storage.as_strided(tensor.sizes, tensor.strides, tensor.offset);
    claimed += view.nbytes();
    if (claimed / 2 > checkpoint.file->bytes().size()) {
      refuse_weights(path, "its tensors amount to more than twice the file; too many share their data");
    }
    tensors.emplace(name, std::move(view));
  }
  return tensors;
}

}  // namespace dinomaly
