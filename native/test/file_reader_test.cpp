// Files that change or are no files while they are read.
#include "core/weights/file_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/weights/safetensors.h"
#include "core/weights/weights_file.h"
#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

TEST("a file that is cut short while it is read is FILE_READ, and does not end the process") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_file(path, std::string(3 << 20, 'x'));
  const FileReader file(path);
  std::string bytes(file.size(), '\0');
  REQUIRE(::truncate(path.c_str(), 1 << 20) == 0);
  CHECK_THROWS_CODE(file.read(0, bytes.data(), bytes.size()), "FILE_READ");
  file.read(0, bytes.data(), 1 << 20);
  CHECK(bytes[0] == 'x');
}

TEST("tensors keep their values when their file is cut short or written over after it was read") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_safetensors(path, {{"w", at::full({100'000}, 3.0f)}}, {});
  const at::Tensor tensor = read_weights(path, nullptr).at("w");
  REQUIRE(::truncate(path.c_str(), 0) == 0);
  CHECK(tensor.eq(3).all().item<bool>());
}

TEST("a pipe, a folder and a device are refused as weights at once") {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& path : {pipe, folder.file(""), std::string("/dev/zero")}) {
    CHECK_THROWS_CODE(inspect_weights(path), "FILE_READ");
  }
}

}  // namespace
}  // namespace dinomaly::test
