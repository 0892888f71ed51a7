// RAII over a POSIX file descriptor, and the text of errno.
#pragma once

#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

namespace dinomaly {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileDescriptor() {
    if (valid()) ::close(descriptor_);
  }

  bool valid() const noexcept { return descriptor_ >= 0; }
  int get() const noexcept { return descriptor_; }
  int release() noexcept { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

// e.g. "No such file or directory". Unlike strerror, safe to call from many threads.
inline std::string errno_text(int error) { return std::generic_category().message(error); }

}  // namespace dinomaly
