// A file mapped for reading. The mapping is private and copy-on-write: tensors may view it, and a write to such a
// tensor stays in memory. As with every mapping, a file that another process cuts short meanwhile cannot be read.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace dinomaly {

class MappedFile {
 public:
  // Throws FILE_READ naming the path and the system's reason; so do folders, pipes and devices.
  static std::shared_ptr<const MappedFile> open(const std::string& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile(std::string path, void* data, size_t size) : path_(std::move(path)), data_(data), size_(size) {}

  std::string path_;
  void* data_;  // null when the file is empty
  size_t size_;
};

}  // namespace dinomaly
