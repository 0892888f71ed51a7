// A model file on a disk that is really full, and in a folder that may not be written to.
#include <ATen/ATen.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/weights/file_descriptor.h"
#include "core/weights/safetensors.h"
#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

// A file system of 256 KiB over `folder`, taken off when the object dies.
class SmallDisk {
 public:
  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {
    if (::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=256k") == 0) return;
    SKIP("a small file system cannot be mounted here: " + errno_text(errno));
  }
  ~SmallDisk() { ::umount2(folder_.c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  std::string folder_;
};

TEST("saving on a full disk leaves the previous model whole and names the cause") {
  const TemporaryFolder folder;
  const SmallDisk disk(folder.file(""));
  const std::string path = folder.file("m");
  const TensorMap previous{{"w", at::full({20'000}, 3.0f)}};  // 80 KB
  write_safetensors(path, previous, {});
  const std::string bytes = read_file(path);
  const std::string error = error_of([&] { write_safetensors(path, {{"w", at::ones({60'000})}}, {}); });
  CHECK(error.starts_with("FILE_WRITE") && contains(error, path) && contains(error, "free some space"));
  CHECK(read_file(path) == bytes);
  CHECK(names_in(folder.file("")).size() == 1);
  // What was written in vain is free again.
  write_safetensors(path, {{"w", at::full({30'000}, 4.0f)}}, {});
  CHECK(read_safetensors(path, nullptr).at("w").eq(4).all().item<bool>());
}

TEST("saving into a folder without write permission leaves the previous model whole") {
  if (::geteuid() == 0) SKIP("the superuser may write anywhere");
  const TemporaryFolder folder;
  write_safetensors(folder.file("m"), {{"w", at::ones({2})}}, {});
  const std::string bytes = read_file(folder.file("m"));
  ::chmod(folder.file("").c_str(), 0500);
  const std::string error = error_of([&] { write_safetensors(folder.file("m"), {{"w", at::zeros({2})}}, {}); });
  ::chmod(folder.file("").c_str(), 0700);
  CHECK(error.starts_with("FILE_WRITE") && contains(error, "may write to"));
  CHECK(read_file(folder.file("m")) == bytes);
  CHECK(names_in(folder.file("")).size() == 1);
}

}  // namespace
}  // namespace dinomaly::test
