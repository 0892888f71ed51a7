// Reads the records of an untrusted zip archive that stores them uncompressed, as torch checkpoints do. Every size and
// offset that the archive claims is compared with the file before it is used; what is compressed, encrypted, split over
// disks, overlapping or named twice is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dinomaly {

class ZipReader {
 public:
  // `bytes` outlives the reader. Throws WEIGHTS_FORMAT naming `path`.
  ZipReader(std::string_view bytes, std::string path);

  // Contents by name; a view into `bytes`.
  const std::map<std::string_view, std::string_view>& records() const { return records_; }
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  struct Directory {
    uint64_t entries, size, offset;
  };
  struct Entry {
    std::string_view name;
    uint64_t size, header_offset;
  };

  [[noreturn]] void refuse(const std::string& cause) const;
  size_t find_end() const;
  Directory read_end() const;
  std::optional<Directory> read_zip64_end(size_t end) const;
  Entry read_entry(uint64_t* at, uint64_t limit) const;
  void read_zip64_extra(std::string_view extra, uint64_t* packed, Entry* entry) const;
  std::string_view contents(const Entry& entry, uint64_t limit) const;
  void check_overlap() const;

  std::string_view bytes_;
  std::string path_;
  std::map<std::string_view, std::string_view> records_;
};

}  // namespace dinomaly
