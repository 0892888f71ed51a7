#include "file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "../error.h"

namespace dinomaly {
namespace {

constexpr uint64_t kLongestRead = uint64_t{1} << 30;  // one pread() transfers less than 2 GiB

[[noreturn]] void fail(const std::string& path, const std::string& cause) {
  throw Error("FILE_READ", "Cannot read '" + path + "': " + cause);
}

}  // namespace

FileReader::FileReader(const std::string& path) : path_(path) {
  if (path.find('\0') != std::string::npos) fail(path.c_str(), "the path holds a NUL character");
  // O_NONBLOCK: opening a pipe that nobody writes to would wait forever.
  file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file_.valid()) fail(path, errno_text(errno));
  struct stat info{};
  if (::fstat(file_.get(), &info) != 0) fail(path, errno_text(errno));
  if (S_ISDIR(info.st_mode)) fail(path, "it is a folder, expected a file");
  if (!S_ISREG(info.st_mode)) fail(path, "it is not a regular file");
  size_ = static_cast<uint64_t>(info.st_size);
}

void FileReader::read(uint64_t offset, void* out, uint64_t length) const {
  auto* to = static_cast<char*>(out);
  while (length > 0) {
    const ssize_t got = ::pread(file_.get(), to, std::min(length, kLongestRead), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path_, errno_text(errno));
    if (got == 0) fail(path_, "it was cut short while it was read; write it again, whole");
    to += got;
    offset += static_cast<uint64_t>(got);
    length -= static_cast<uint64_t>(got);
  }
}

FileBytes::FileBytes(const FileReader& file)
    : path_(file.path()), size_(file.size()), data_(std::make_unique_for_overwrite<char[]>(size_)) {
  file.read(0, data_.get(), size_);
}

std::shared_ptr<const FileBytes> FileBytes::read(const std::string& path) {
  return std::shared_ptr<const FileBytes>(new FileBytes(FileReader(path)));
}

}  // namespace dinomaly
