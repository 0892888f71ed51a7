// Files made byte by byte, for the tests of the weight readers.
#pragma once

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dinomaly::test {

void write_file(const std::string& path, std::string_view bytes);
std::string read_file(const std::string& path);
// Of the files and folders in `folder`, sorted.
std::vector<std::string> names_in(const std::string& folder);

// A file of test/fixtures.
std::string fixture(const std::string& name);

// Header length, header, data.
std::string safetensors_bytes(std::string_view header, std::string_view data);

// The message of the dinomaly::Error that `call` throws, after "CODE: "; "" when it throws nothing.
std::string error_of(const std::function<void()>& call);

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// What a reader may allocate beyond the size of its file.
inline constexpr uint64_t kReaderAllowance = uint64_t{64} << 20;

// While it lives, an allocation that would take the process more than `bytes` beyond its present size fails.
class MemoryLimit {
 public:
  explicit MemoryLimit(uint64_t bytes);
  ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

// Same dtype, shape and values.
inline bool same(const at::Tensor& a, const at::Tensor& b) { return a.scalar_type() == b.scalar_type() && a.equal(b); }

}  // namespace dinomaly::test
