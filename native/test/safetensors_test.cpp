// Reading and writing safetensors: what survives, and what hostile headers get.
#include "core/weights/safetensors.h"

#include <ATen/ATen.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/weights/weights_file.h"
#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

TensorMap tensors_of_every_type() {
  TensorMap tensors;
  const at::Tensor values = at::tensor({0.0, 1.0, -2.5, 3.0}, at::kDouble).view({2, 2});
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar,
                          at::kByte, at::kBool}) {
    tensors[std::string("tensor of ") + c10::toString(type)] = values.abs().to(type);
  }
  tensors["a number"] = at::scalar_tensor(7.0, at::kFloat);
  tensors["nothing"] = at::empty({3, 0, 2}, at::kFloat);
  tensors["quotes \" and \\ and \xc3\xa9 and \x01"] = at::ones({1}, at::kByte);
  return tensors;
}

TEST("safetensors give back every dtype, shape, name and metadata that was written") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  const TensorMap written = tensors_of_every_type();
  const Metadata metadata{{"config", "{\"dim\": 1}\n"}, {"empty", ""}};
  write_safetensors(path, written, metadata);
  Metadata read_metadata;
  const TensorMap read = read_weights(path, &read_metadata);
  REQUIRE(read.size() == written.size());
  for (const auto& [name, tensor] : written) CHECK(same(read.at(name), tensor));
  CHECK(read_metadata == metadata);
  const FileInfo info = inspect_weights(path);
  CHECK(info.format == "safetensors" && info.metadata == metadata && info.tensors.size() == written.size());
  CHECK(info.tensors[0].name == "a number" && info.tensors[0].dtype == "F32" && info.tensors[0].shape.empty());
}

TEST("equal tensors give equal bytes, and every tensor lies aligned") {
  const TemporaryFolder folder;
  TensorMap tensors = tensors_of_every_type();
  write_safetensors(folder.file("a"), tensors, {{"k", "v"}});
  for (auto& [name, tensor] : tensors) tensor = tensor.clone();
  write_safetensors(folder.file("b"), tensors, {{"k", "v"}});
  CHECK(read_file(folder.file("a")) == read_file(folder.file("b")));
  for (const auto& [name, tensor] : read_safetensors(folder.file("a"), nullptr)) {
    if (tensor.numel() > 0) CHECK(reinterpret_cast<uintptr_t>(tensor.data_ptr()) % tensor.element_size() == 0);
  }
}

TEST("strided tensors are written by value, and what is read may be changed without touching the file") {
  const TemporaryFolder folder;
  const at::Tensor base = at::arange(12, at::kFloat).view({3, 4});
  write_safetensors(folder.file("m"), {{"turned", base.t()}, {"wide", base[0].expand({2, 4})}}, {});
  const TensorMap read = read_safetensors(folder.file("m"), nullptr);
  CHECK(same(read.at("turned"), base.t().contiguous()));
  read.at("wide").fill_(5);
  CHECK(same(read_safetensors(folder.file("m"), nullptr).at("wide"), base[0].expand({2, 4}).contiguous()));
}

TEST("a tensor lives on when its file is replaced or removed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_safetensors(path, {{"w", at::full({1000}, 3.0f)}}, {});
  const at::Tensor before = read_safetensors(path, nullptr).at("w");
  write_safetensors(path, {{"w", at::full({1000}, 4.0f)}}, {});
  ::unlink(path.c_str());
  CHECK(before.eq(3).all().item<bool>());
}

TEST("data that is not aligned to its type is read all the same") {
  const TemporaryFolder folder;
  const float values[] = {1.5f, -2.0f};
  const std::string data(reinterpret_cast<const char*>(values), sizeof(values));
  write_file(folder.file("m"), safetensors_bytes(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   )", data));
  CHECK(same(read_safetensors(folder.file("m"), nullptr).at("w"), at::tensor({1.5f, -2.0f})));
}

struct Hostile {
  const char* header;
  size_t data;
  const char* cause;
};

constexpr Hostile kHostile[] = {
    {"", 0, "ends too soon"},
    {"[]", 0, "expected '{'"},
    {"{\"a\":1}", 0, "expected '{'"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x)", 4, "text after"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
     8, "occurs twice"},
    {R"({"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype 'F33'"},
    {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "lacks"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "need 8"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 3, "cut short"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5, "1 bytes follow"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "ends before it starts"},
    {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3,
     "overlaps"},
    {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2, "gap"},
    {R"({"a":{"dtype":"F64","shape":[4611686018427387904,2],"data_offsets":[0,0]}})", 0, "overflows"},
    {R"({"a":{"dtype":"U8","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}})", 0,
     "overflows"},
    {R"({"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,0]}})", 0, "too large"},
    {R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}})", 0, "expected a digit"},
    {R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", 1, "expected an integer"},
    {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}})", 1, "more than 2"},
    {R"({"__metadata__":{"a":1}})", 0, "expected '\"'"},
    {R"({"a":{"x":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}})", 0, "nested deeper"},
    {"{\"\xff\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "not UTF-8"},
};

TEST("hostile safetensors headers are refused with the file and the cause") {
  const TemporaryFolder folder;
  const std::string path = folder.file("hostile.safetensors");
  for (const Hostile& hostile : kHostile) {
    write_file(path, safetensors_bytes(hostile.header, std::string(hostile.data, '\0')));
    const std::string error = error_of([&] { read_safetensors(path, nullptr); });
    CHECK(error.starts_with("WEIGHTS_FORMAT") && contains(error, path));
    CHECK(contains(error, hostile.cause));
    CHECK(error_of([&] { inspect_safetensors(path); }) == error);
  }
}

TEST("a header that claims more than the file or 100 MB is refused before it is read") {
  const TemporaryFolder folder;
  for (const uint64_t length : {uint64_t{100}, uint64_t{100'000'001}, ~uint64_t{0}, ~uint64_t{0} - 7}) {
    std::string bytes = safetensors_bytes("{}", "");
    std::memcpy(bytes.data(), &length, sizeof(length));
    write_file(folder.file("m"), bytes);
    CHECK(contains(error_of([&] { read_weights(folder.file("m"), nullptr); }), "header claims"));
  }
}

TEST("what is no weight file at all says what was expected") {
  const TemporaryFolder folder;
  for (const std::string& bytes : {std::string(), std::string("{}"), std::string(4096, 'x'), std::string("PK\5\6")}) {
    write_file(folder.file("m"), bytes);
    CHECK_THROWS_CODE(read_weights(folder.file("m"), nullptr), "WEIGHTS_FORMAT");
  }
  CHECK_THROWS_CODE(read_weights(folder.file("absent"), nullptr), "FILE_READ");
  CHECK_THROWS_CODE(read_weights(folder.file(""), nullptr), "FILE_READ");
  CHECK_THROWS_CODE(read_weights("/dev/null", nullptr), "FILE_READ");
}

TEST("every truncation of a good file is refused") {
  const TemporaryFolder folder;
  write_safetensors(folder.file("good"), {{"a", at::ones({3})}, {"b", at::ones({2}, at::kByte)}}, {{"k", "v"}});
  const std::string good = read_file(folder.file("good"));
  for (size_t length = 0; length < good.size(); ++length) {
    write_file(folder.file("cut"), good.substr(0, length));
    CHECK(error_of([&] { read_weights(folder.file("cut"), nullptr); }).starts_with("WEIGHTS_FORMAT"));
  }
}

// Only one file, the previous one, is left in `folder`.
bool untouched(const std::string& folder, const std::string& file, const std::string& bytes) {
  return names_in(folder).size() == 1 && read_file(file) == bytes;
}

TEST("a write that runs out of room leaves the previous file whole and no other behind") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_file(path, "previous");
  // A file size limit stands in for a full disk: both fail in write().
  rlimit previous{};
  ::getrlimit(RLIMIT_FSIZE, &previous);
  const rlimit small{.rlim_cur = 4096, .rlim_max = previous.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { write_safetensors(path, {{"w", at::ones({100'000})}}, {}); });
  ::setrlimit(RLIMIT_FSIZE, &previous);
  CHECK(error.starts_with("FILE_WRITE") && contains(error, path));
  CHECK(untouched(folder.file(""), path, "previous"));
}

TEST("what cannot be written is refused before the previous file is touched") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_file(path, "previous");
  CHECK_THROWS_CODE(write_safetensors(path, {{"w", at::ones({1}, at::kComplexFloat)}}, {}), "INVALID_INPUT");
  CHECK_THROWS_CODE(write_safetensors(path, {{"__metadata__", at::ones({1})}}, {}), "INVALID_INPUT");
  CHECK_THROWS_CODE(write_safetensors(path, {{"w", at::ones({1})}}, {{"bad", "\xff"}}), "INVALID_INPUT");
  CHECK_THROWS_CODE(write_safetensors(folder.file("none/m"), {{"w", at::ones({1})}}, {}), "FILE_WRITE");
  CHECK_THROWS_CODE(write_safetensors(folder.file(""), {{"w", at::ones({1})}}, {}), "FILE_WRITE");
  CHECK_THROWS_CODE(write_safetensors("/dev/null", {{"w", at::ones({1})}}, {}), "FILE_WRITE");
  CHECK_THROWS_CODE(write_safetensors("", {{"w", at::ones({1})}}, {}), "FILE_WRITE");
  CHECK(untouched(folder.file(""), path, "previous"));
}

TEST("writing follows a symbolic link, keeps permissions, and takes a name as long as the file system allows") {
  const TemporaryFolder folder;
  const std::string target = folder.file("target"), link = folder.file("link");
  write_file(target, "previous");
  ::chmod(target.c_str(), 0640);
  REQUIRE(::symlink("target", link.c_str()) == 0);
  write_safetensors(link, {{"w", at::ones({1})}}, {});
  struct stat found{};
  CHECK(::lstat(link.c_str(), &found) == 0 && S_ISLNK(found.st_mode));
  CHECK(read_safetensors(target, nullptr).size() == 1);
  CHECK(::stat(target.c_str(), &found) == 0 && (found.st_mode & 07777) == 0640);
  REQUIRE(::symlink("later", folder.file("dangling").c_str()) == 0);
  write_safetensors(folder.file("dangling"), {{"w", at::ones({1})}}, {});
  CHECK(read_safetensors(folder.file("later"), nullptr).size() == 1);
  REQUIRE(::symlink("loop", folder.file("loop").c_str()) == 0);
  CHECK_THROWS_CODE(write_safetensors(folder.file("loop"), {{"w", at::ones({1})}}, {}), "FILE_WRITE");
  write_safetensors(folder.file(std::string(255, 'n')), {{"w", at::ones({1})}}, {});
}

}  // namespace
}  // namespace dinomaly::test
