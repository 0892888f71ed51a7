#include "zip_reader.h"

#include <algorithm>
#include <vector>

#include "bytes.h"

namespace dinomaly {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kDirectoryEntry = 0x02014b50;
constexpr uint32_t kEnd = 0x06054b50;
constexpr uint32_t kZip64End = 0x06064b50;
constexpr uint32_t kZip64Locator = 0x07064b50;
constexpr size_t kLocalHeaderSize = 30;
constexpr size_t kDirectoryEntrySize = 46;
constexpr size_t kEndSize = 22;
constexpr size_t kZip64EndSize = 56;
constexpr size_t kZip64LocatorSize = 20;
constexpr size_t kMaxComment = 65'535;
constexpr uint64_t kMaxEntries = 200'000;
constexpr uint32_t kSaturated = 0xFFFFFFFF;  // the value is in the zip64 field
constexpr uint16_t kZip64Extra = 0x0001;
constexpr uint16_t kEncrypted = 0x0001 | 0x0040 | 0x2000;

uint16_t u16(std::string_view bytes, size_t at) { return read_little_endian<uint16_t>(bytes, at); }
uint32_t u32(std::string_view bytes, size_t at) { return read_little_endian<uint32_t>(bytes, at); }
uint64_t u64(std::string_view bytes, size_t at) { return read_little_endian<uint64_t>(bytes, at); }

}  // namespace

void ZipReader::refuse(const std::string& cause) const { refuse_weights(path_, "its zip archive " + cause); }

ZipReader::ZipReader(std::string_view bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {
  const Directory directory = read_end();
  if (directory.entries > kMaxEntries || directory.entries > directory.size / kDirectoryEntrySize) {
    refuse("claims " + std::to_string(directory.entries) + " records, more than its directory holds");
  }
  uint64_t at = directory.offset;
  const uint64_t limit = directory.offset + directory.size;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const Entry entry = read_entry(&at, limit);
    if (!records_.emplace(entry.name, contents(entry, directory.offset)).second) {
      refuse("holds the record " + in_quotes(entry.name) + " twice");
    }
  }
  if (at != limit) refuse("has a directory of another size than it claims");
  check_overlap();
}

std::optional<std::string_view> ZipReader::find(std::string_view name) const {
  const auto record = records_.find(name);
  return record == records_.end() ? std::nullopt : std::optional(record->second);
}

// The end record is last, but for a comment whose length it states.
size_t ZipReader::find_end() const {
  if (bytes_.size() >= kEndSize) {
    const size_t last = bytes_.size() - kEndSize;
    const size_t first = last > kMaxComment ? last - kMaxComment : 0;
    for (size_t at = last + 1; at-- > first;) {
      if (u32(bytes_, at) == kEnd && u16(bytes_, at + 20) == last - at) return at;
    }
  }
  refuse("has no end record; the file seems to be cut short");
}

std::optional<ZipReader::Directory> ZipReader::read_zip64_end(size_t end) const {
  if (end < kZip64LocatorSize || u32(bytes_, end - kZip64LocatorSize) != kZip64Locator) return std::nullopt;
  const uint64_t at = u64(bytes_, end - kZip64LocatorSize + 8);
  if (!within(at, kZip64EndSize, end - kZip64LocatorSize) || u32(bytes_, at) != kZip64End) {
    refuse("has a damaged zip64 end record");
  }
  if (u32(bytes_, at + 16) != 0 || u32(bytes_, at + 20) != 0) refuse("is split over several files");
  if (u64(bytes_, at + 24) != u64(bytes_, at + 32)) refuse("is split over several files");
  const Directory directory{
      .entries = u64(bytes_, at + 32), .size = u64(bytes_, at + 40), .offset = u64(bytes_, at + 48)};
  if (!within(directory.offset, directory.size, at)) refuse("has a directory outside the file");
  return directory;
}

ZipReader::Directory ZipReader::read_end() const {
  const size_t end = find_end();
  if (const std::optional<Directory> zip64 = read_zip64_end(end)) return *zip64;
  if (u16(bytes_, end + 4) != 0 || u16(bytes_, end + 6) != 0 || u16(bytes_, end + 8) != u16(bytes_, end + 10)) {
    refuse("is split over several files");
  }
  const Directory directory{
      .entries = u16(bytes_, end + 10), .size = u32(bytes_, end + 12), .offset = u32(bytes_, end + 16)};
  if (!within(directory.offset, directory.size, end)) refuse("has a directory outside the file");
  return directory;
}

// Values that do not fit 32 bits stand in an extra field, in this order, those alone that are saturated.
void ZipReader::read_zip64_extra(std::string_view extra, uint64_t* packed, Entry* entry) const {
  while (extra.size() >= 4) {
    const uint16_t id = u16(extra, 0), length = u16(extra, 2);
    if (!within(4, length, extra.size())) break;
    std::string_view field = extra.substr(4, length);
    extra.remove_prefix(size_t{4} + length);
    if (id != kZip64Extra) continue;
    for (uint64_t* value : {&entry->size, packed, &entry->header_offset}) {
      if (*value != kSaturated) continue;
      if (field.size() < 8) refuse("has a damaged zip64 field at the record " + in_quotes(entry->name));
      *value = u64(field, 0);
      field.remove_prefix(8);
    }
    return;
  }
}

ZipReader::Entry ZipReader::read_entry(uint64_t* at, uint64_t limit) const {
  if (!within(*at, kDirectoryEntrySize, limit) || u32(bytes_, *at) != kDirectoryEntry) {
    refuse("has a damaged directory");
  }
  const std::string_view head = bytes_.substr(*at, kDirectoryEntrySize);
  const size_t name_length = u16(head, 28), extra_length = u16(head, 30), comment_length = u16(head, 32);
  const uint64_t rest = name_length + extra_length + comment_length;
  if (!within(*at + kDirectoryEntrySize, rest, limit)) refuse("has a damaged directory");
  const std::string_view name = bytes_.substr(*at + kDirectoryEntrySize, name_length);
  Entry entry{.name = name, .size = u32(head, 24), .header_offset = u32(head, 42)};
  uint64_t packed = u32(head, 20);
  read_zip64_extra(bytes_.substr(*at + kDirectoryEntrySize + name_length, extra_length), &packed, &entry);
  if ((u16(head, 8) & kEncrypted) != 0) refuse("holds the encrypted record " + in_quotes(name));
  if (u16(head, 10) != 0) {
    refuse("holds the compressed record " + in_quotes(name) + "; torch stores records uncompressed");
  }
  if (packed != entry.size) refuse("states two sizes for the record " + in_quotes(name));
  *at += kDirectoryEntrySize + rest;
  return entry;
}

// The record's bytes, which end before the directory at `limit`.
std::string_view ZipReader::contents(const Entry& entry, uint64_t limit) const {
  const uint64_t at = entry.header_offset;
  if (!within(at, kLocalHeaderSize, limit) || u32(bytes_, at) != kLocalHeader) {
    refuse("has a damaged header at the record " + in_quotes(entry.name));
  }
  const uint64_t name_length = u16(bytes_, at + 26), extra_length = u16(bytes_, at + 28);
  const uint64_t data = at + kLocalHeaderSize + name_length + extra_length;
  if (!within(data, entry.size, limit)) {
    refuse("claims " + std::to_string(entry.size) + " bytes for the record " + in_quotes(entry.name) +
           ", which the file does not have");
  }
  if (bytes_.substr(at + kLocalHeaderSize, name_length) != entry.name || u16(bytes_, at + 8) != 0) {
    refuse("describes the record " + in_quotes(entry.name) + " in two ways");
  }
  return bytes_.substr(data, entry.size);
}

// Overlapping records would let a small file claim much data.
void ZipReader::check_overlap() const {
  std::vector<std::string_view> order;
  for (const auto& [name, data] : records_) {
    if (!data.empty()) order.push_back(data);
  }
  std::sort(order.begin(), order.end(), [](std::string_view a, std::string_view b) { return a.data() < b.data(); });
  for (size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1].data() + order[i - 1].size() > order[i].data()) refuse("has overlapping records");
  }
}

}  // namespace dinomaly
