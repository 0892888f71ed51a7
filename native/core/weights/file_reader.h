// A file that is read, part by part or whole. Never mapped: the pages of a mapped file that another process cuts short
// end this process by SIGBUS.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "file_descriptor.h"

namespace dinomaly {

class FileReader {
 public:
  // Throws FILE_READ naming the path and the system's reason; so do folders, pipes and devices.
  explicit FileReader(const std::string& path);

  const std::string& path() const { return path_; }
  // Bytes, when it was opened.
  uint64_t size() const { return size_; }

  // Exactly `length` bytes from `offset`. Throws FILE_READ where the file does not have them any more.
  void read(uint64_t offset, void* out, uint64_t length) const;

 private:
  std::string path_;
  FileDescriptor file_;
  uint64_t size_ = 0;
};

// All of a file, in memory of its own.
class FileBytes {
 public:
  // Throws FILE_READ as FileReader does.
  static std::shared_ptr<const FileBytes> read(const std::string& path);

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return {data_.get(), size_}; }

 private:
  explicit FileBytes(const FileReader& file);

  std::string path_;
  size_t size_;
  std::unique_ptr<char[]> data_;
};

}  // namespace dinomaly
