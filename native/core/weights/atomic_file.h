// A file that appears whole or not at all: written beside its target under a name of its own, synced, then renamed over
// it. Until commit() returns the previous file is untouched; on any failure the temporary file is removed.
#pragma once

#include <string>
#include <string_view>

#include "file_descriptor.h"

namespace dinomaly {

class AtomicFile {
 public:
  // A symbolic link keeps pointing where it does and its target is replaced. The permissions of a previous file are
  // kept. Throws FILE_WRITE, also when the target is a folder, a device or a pipe.
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Throws FILE_WRITE; a full disk is named as such.
  void write(std::string_view bytes);

  // Syncs, renames, and syncs the folder, so that the new file survives a power cut. Throws FILE_WRITE.
  void commit();

 private:
  [[noreturn]] void fail(int error) const;

  std::string path_;    // as the caller named it
  std::string target_;  // links resolved
  std::string folder_;
  std::string temporary_;
  FileDescriptor file_;
};

}  // namespace dinomaly
