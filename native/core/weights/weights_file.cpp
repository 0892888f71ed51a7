#include "weights_file.h"

#include <algorithm>

#include "bytes.h"
#include "file_reader.h"
#include "pth.h"
#include "safetensors.h"

namespace dinomaly {
namespace {

constexpr size_t kHeaderStart = sizeof(uint64_t);  // of the JSON in a safetensors file

enum class Format { kSafetensors, kPth };

Format recognise(const std::string& path) {
  const FileReader file(path);
  std::string bytes(std::min<uint64_t>(file.size(), kHeaderStart + 1), '\0');
  file.read(0, bytes.data(), bytes.size());
  if (bytes.starts_with("PK\x03\x04") || is_legacy_pth(bytes)) {
    // A safetensors header of 640 to 1407 bytes starts like an old pickle, but its ninth byte opens the JSON.
    if (bytes.size() <= kHeaderStart || bytes[kHeaderStart] != '{') return Format::kPth;
  }
  if (bytes.size() > kHeaderStart && bytes[kHeaderStart] == '{') return Format::kSafetensors;
  refuse_weights(path, bytes.empty() ? "the file is empty"
                                     : "it is neither a safetensors file nor a PyTorch checkpoint (.pth, .pt)");
}

}  // namespace

FileInfo inspect_weights(const std::string& path) {
  return recognise(path) == Format::kPth ? inspect_pth(path) : inspect_safetensors(path);
}

TensorMap read_weights(const std::string& path, Metadata* metadata) {
  if (recognise(path) == Format::kSafetensors) return read_safetensors(path, metadata);
  if (metadata != nullptr) metadata->clear();
  return read_pth(path);
}

}  // namespace dinomaly
