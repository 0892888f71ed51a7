// Checkpoints of torch.save() since PyTorch 1.6: a zip archive of <root>/data.pkl and <root>/data/<key>.
#include "bytes.h"
#include "checkpoint.h"
#include "state_dict.h"
#include "zip_reader.h"

namespace dinomaly {
namespace {

constexpr std::string_view kPickleName = "data.pkl";

// "archive/"
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

}  // namespace

Checkpoint open_zip_checkpoint(std::shared_ptr<const FileBytes> file) {
  const std::string& path = file->path();
  const ZipReader zip(file->bytes(), path);
  const std::string root = find_root(zip, path);
  if (const auto order = zip.find(root + "byteorder"); order && *order != "little") {
    refuse_weights(path, "its byte order is " + in_quotes(*order) + ", expected 'little'");
  }
  pickle::Document document(*zip.find(root + std::string(kPickleName)), path);
  Checkpoint checkpoint;
  checkpoint.tensors = find_state_dict(document.root(), path);
  const std::string folder = root + "data/";
  for (const auto& [name, data] : zip.records()) {
    if (name.starts_with(folder)) checkpoint.storages.emplace(name.substr(folder.size()), data);
  }
  checkpoint.file = std::move(file);
  return checkpoint;
}

}  // namespace dinomaly
