// Mutated weight files: whatever the bytes, the readers give tensors or one of their errors, within two seconds and
// with no more memory than the file's size and 64 MiB.
#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>

#include "core/error.h"
#include "core/weights/name_map.h"
#include "core/weights/weights_file.h"
#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

constexpr int kFiles = 3000;  // DINOMALY_FUZZ_FILES sets another count

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : draws_(seed) {}

  std::string mutate(std::string bytes) {
    for (size_t i = 0, edits = 1 + below(4); i < edits && !bytes.empty(); ++i) edit(&bytes);
    return bytes;
  }

  size_t below(size_t limit) { return limit == 0 ? 0 : draws_() % limit; }

 private:
  // Near the start and the end lie the headers.
  size_t place(size_t size) {
    switch (below(3)) {
      case 0:
        return below(size);
      case 1:
        return below(std::min<size_t>(size, 2000));
      default:
        return size - 1 - below(std::min<size_t>(size, 2000));
    }
  }

  void edit(std::string* bytes) {
    static constexpr uint64_t kExtreme[] = {0, 1, ~uint64_t{0}, 0xFFFFFFFF, INT64_MAX, 100'000'001, uint64_t{1} << 62};
    static constexpr std::string_view kOpcodes = "(.)}]tQRbhjqrXKMJsue\x85\x86\x87\x88N\x8a";
    const size_t at = place(bytes->size());
    switch (below(8)) {
      case 0:
        (*bytes)[at] = static_cast<char>(draws_());
        break;
      case 1:
        (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << below(8)));
        break;
      case 2:
        bytes->resize(at);
        break;
      case 3:
        bytes->erase(at, 1 + below(16));
        break;
      case 4:
        bytes->insert(at, bytes->substr(below(bytes->size()), 1 + below(32)));
        break;
      case 5: {
        const uint64_t value = kExtreme[below(std::size(kExtreme))];
        const size_t length = std::min(sizeof(value), bytes->size() - at);
        bytes->replace(at, length, reinterpret_cast<const char*>(&value), length);
        break;
      }
      case 6:
        if (const size_t digit = bytes->find_first_of("0123456789", at); digit != std::string::npos) {
          (*bytes)[digit] = static_cast<char>('0' + below(10));
        }
        break;
      default:
        (*bytes)[at] = kOpcodes[below(kOpcodes.size())];
    }
  }

  std::mt19937_64 draws_;
};

// The tensors of a file, read under the limits; throws what the reader throws.
TensorMap read_limited(const std::string& path, uint64_t size) {
  const auto start = std::chrono::steady_clock::now();
  const auto in_time = [&] { CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2)); };
  try {
    const MemoryLimit limit(2 * size + kReaderAllowance);  // the mapping of the file is no allocation
    const FileInfo info = inspect_weights(path);
    TensorMap tensors = read_weights(path, nullptr);
    CHECK(info.tensors.size() == tensors.size());
    in_time();
    return tensors;
  } catch (const Error&) {
    in_time();
    throw;
  }
}

TEST("the limit on memory that these tests set holds") {
  const MemoryLimit limit(kReaderAllowance);
  CHECK(at::empty({int64_t{32} << 20}, at::kByte).numel() > 0);
  bool refused = false;
  try {
    static_cast<void>(at::empty({int64_t{80} << 20}, at::kByte));
  } catch (const std::exception&) {
    refused = true;
  }
  CHECK(refused);
}

TEST("mutated weight files are read or refused, never worse") {
  std::vector<std::string> originals;
  for (const char* name : {"readers/dtypes.pth", "readers/views.pth", "readers/module.pth", "readers/training.pth",
                           "readers/protocol4.pth", "readers/legacy.pth", "encoders/dinov2-legacy.pth",
                           "encoders/beit.pth", "encoders/dinov3-small-timm.safetensors",
                           "cases/checkpoints/dinov2-timm.safetensors", "cases/checkpoints/expected.safetensors"}) {
    originals.push_back(read_file(fixture(name)));
  }
  const TemporaryFolder folder;
  const std::string path = folder.file("mutated");
  const std::string wanted = environment("DINOMALY_FUZZ_FILES");
  const int files = wanted.empty() ? kFiles : std::atoi(wanted.c_str());
  Mutator mutator(3);
  int refused = 0;
  for (int i = 0; i < files; ++i) {
    const std::string bytes = mutator.mutate(originals[mutator.below(originals.size())]);
    write_file(path, bytes);
    try {
      const TensorMap tensors = read_limited(path, bytes.size());
      for (const auto& [name, tensor] : tensors) static_cast<void>(tensor.contiguous().to(at::kFloat));
      for (const char* family : {"vit", "beit", "dinov3", "hiera"}) to_official_names(tensors, family, path);
    } catch (const Error& error) {
      CHECK(error.code() == "WEIGHTS_FORMAT");
      ++refused;
    }
  }
  CHECK(refused > files / 4 && refused < files);
}

}  // namespace
}  // namespace dinomaly::test
