// Files made byte by byte, for the tests of the weight readers.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <string_view>

namespace dinomaly::test {

void write_file(const std::string& path, std::string_view bytes);
std::string read_file(const std::string& path);

// A file of test/fixtures.
std::string fixture(const std::string& name);

// Header length, header, data.
std::string safetensors_bytes(std::string_view header, std::string_view data);

// The message of the dinomaly::Error that `call` throws, after "CODE: "; "" when it throws nothing.
std::string error_of(const std::function<void()>& call);

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Same dtype, shape and values.
inline bool same(const at::Tensor& a, const at::Tensor& b) { return a.scalar_type() == b.scalar_type() && a.equal(b); }

}  // namespace dinomaly::test
