#include "pth.h"

#include <map>
#include <memory>

#include "bytes.h"
#include "mapped_file.h"
#include "mapped_tensor.h"
#include "pickle.h"
#include "state_dict.h"
#include "zip_reader.h"

namespace dinomaly {
namespace {

constexpr std::string_view kPickleName = "data.pkl";

// An opened checkpoint. Views of the pickle and of the tensors lead into `file`.
struct Checkpoint {
  std::shared_ptr<const MappedFile> file;
  ZipReader zip;
  std::string root;  // "archive/"
  pickle::Document document;
  std::map<std::string, pickle::Tensor> tensors;
};

std::string find_root(const ZipReader& zip, const std::string& path) {
  std::string root;
  bool found = false;
  for (const auto& [name, data] : zip.records()) {
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos || name.substr(slash + 1) != kPickleName) continue;
    if (found) refuse_weights(path, "the zip archive holds two checkpoints");
    found = true;
    root = name.substr(0, slash + 1);
  }
  if (!found) refuse_weights(path, "it is a zip archive but no PyTorch checkpoint: it holds no data.pkl");
  if (zip.find(root + "constants.pkl")) {
    refuse_weights(path, "it is a TorchScript program; expected a state dict: torch.save(model.state_dict(), path)");
  }
  return root;
}

Checkpoint open_checkpoint(const std::string& path) {
  auto file = MappedFile::open(path);
  if (is_legacy_pth(file->bytes())) {
    refuse_weights(path,
                   "it is a checkpoint in the format of PyTorch before 1.6, which is not supported; write it anew in "
                   "Python: torch.save(torch.load(path, weights_only=True), path)");
  }
  ZipReader zip(file->bytes(), path);
  std::string root = find_root(zip, path);
  if (const auto order = zip.find(root + "byteorder"); order && *order != "little") {
    refuse_weights(path, "its byte order is " + in_quotes(*order) + ", expected 'little'");
  }
  pickle::Document document(*zip.find(root + std::string(kPickleName)), path);
  auto tensors = find_state_dict(document.root(), path);
  return {std::move(file), std::move(zip), std::move(root), std::move(document), std::move(tensors)};
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
    const std::string name = checkpoint_.root + "data/" + std::string(storage.key);
    const auto record = checkpoint_.zip.find(name);
    if (!record) {
      refuse_weights(checkpoint_.file->path(),
                     "the data of tensor " + in_quotes(tensor) + ", the record " + in_quotes(name) + ", is missing");
    }
    const std::optional<int64_t> bytes = checked_product(storage.count, storage.dtype->bytes);
    if (!bytes || static_cast<uint64_t>(*bytes) != record->size()) {
      refuse_weights(checkpoint_.file->path(), "the data of tensor " + in_quotes(tensor) + " has " +
                                                   std::to_string(record->size()) + " bytes instead of " +
                                                   std::to_string(storage.count) + " elements of " +
                                                   std::string(storage.dtype->name));
    }
    return view_mapped(checkpoint_.file, *record, *storage.dtype);
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
