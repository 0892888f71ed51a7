#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "../error.h"
#include "file_descriptor.h"

namespace dinomaly {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& cause) {
  throw Error("FILE_READ", "Cannot read '" + path + "': " + cause);
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  if (path.find('\0') != std::string::npos) fail(path.c_str(), "the path holds a NUL character");
  // O_NONBLOCK: opening a pipe that nobody writes to would wait forever.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) fail(path, errno_text(errno));
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) fail(path, errno_text(errno));
  if (S_ISDIR(info.st_mode)) fail(path, "it is a folder, expected a file");
  if (!S_ISREG(info.st_mode)) fail(path, "it is not a regular file");
  const auto size = static_cast<size_t>(info.st_size);
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
    if (data == MAP_FAILED) fail(path, errno_text(errno));
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, data, size));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace dinomaly
