// Torch checkpoints: what the tensors-only reader takes, and what hostile zips and pickles get.
#include "core/weights/pth.h"

#include <ATen/ATen.h>

#include <chrono>
#include <map>

#include "core/weights/weights_file.h"
#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

TensorMap reader_case(const std::string& name) { return read_weights(fixture("readers/" + name), nullptr); }

std::string refusal(const std::string& name) {
  return error_of([&] { reader_case(name); });
}

template <typename T>
std::string little_endian(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

struct Record {
  std::string name, data;
};

// A zip archive that stores its records, as torch.save() writes it but for the padding.
std::string zip_bytes(const std::vector<Record>& records) {
  std::string bytes, directory;
  for (const Record& record : records) {
    const auto size = little_endian(static_cast<uint32_t>(record.data.size()));
    const std::string common = std::string("\0\0\0\0\0\0\0\0\0\0\0\0", 12) + size + size +
                               little_endian(static_cast<uint16_t>(record.name.size())) + std::string(2, '\0');
    directory += std::string("PK\1\2\0\0\0\0", 8) + common + std::string(10, '\0') +
                 little_endian(static_cast<uint32_t>(bytes.size())) + record.name;
    bytes += std::string("PK\3\4\0\0", 6) + common + record.name + record.data;
  }
  const auto count = little_endian(static_cast<uint16_t>(records.size()));
  return bytes + directory + std::string("PK\5\6\0\0\0\0", 8) + count + count +
         little_endian(static_cast<uint32_t>(directory.size())) + little_endian(static_cast<uint32_t>(bytes.size())) +
         std::string(2, '\0');
}

std::string text(const std::string& value) { return "X" + little_endian(static_cast<uint32_t>(value.size())) + value; }
std::string integer(int32_t value) { return "J" + little_endian(value); }

std::string tuple(const std::vector<int32_t>& values) {
  std::string items;
  for (const int32_t value : values) items += integer(value);
  return "(" + items + "t";
}

// A float tensor over storage 0.
std::string tensor(int32_t count, int32_t offset, const std::vector<int32_t>& sizes,
                   const std::vector<int32_t>& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
         text("cpu") + integer(count) + "tQ" + integer(offset) + tuple(sizes) + tuple(strides) + "\x89)tR";
}

// {"w": value}
std::string dict_of(const std::string& value) { return "\x80\x02}" + text("w") + value + "s."; }

// The error of reading a checkpoint with this pickle and a storage 0 of four floats.
std::string pickle_error(const std::string& pickle) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.pth");
  write_file(path, zip_bytes({{"a/data.pkl", pickle}, {"a/byteorder", "little"}, {"a/data/0", std::string(16, '\0')}}));
  return error_of([&] { read_weights(path, nullptr); });
}

TEST("a checkpoint keeps the dtype of each tensor") {
  const TensorMap read = reader_case("dtypes.pth");
  const std::map<std::string, at::ScalarType> types{
      {"f64", at::kDouble}, {"f32", at::kFloat}, {"f16", at::kHalf}, {"bf16", at::kBFloat16}, {"i64", at::kLong},
      {"i32", at::kInt},    {"i16", at::kShort}, {"i8", at::kChar},  {"u8", at::kByte},       {"bool", at::kBool}};
  REQUIRE(read.size() == types.size());
  for (const auto& [name, type] : types) CHECK(same(read.at(name), at::tensor({0, 1, 2, 1}).to(type)));
  const FileInfo info = inspect_weights(fixture("readers/dtypes.pth"));
  CHECK(info.format == "pth" && info.tensors.size() == types.size() && info.tensors[0].dtype == "BF16");
}

TEST("views of one storage are read with their offsets and strides, and stay tied") {
  const TensorMap read = reader_case("views.pth");
  const at::Tensor base = at::arange(24, at::kFloat).view({4, 6});
  CHECK(same(read.at("whole"), base));
  CHECK(same(read.at("turned"), base.t()));
  CHECK(same(read.at("column"), base.select(1, 2)));
  CHECK(same(read.at("part"), base.narrow(0, 1, 2).narrow(1, 2, 3)));
  CHECK(same(read.at("number"), base[2][3]));
  CHECK(read.at("empty").numel() == 0 && read.at("empty").size(1) == 6);
  read.at("whole").fill_(-1);
  CHECK(read.at("part").eq(-1).all().item<bool>());
}

TEST("state dicts of modules, of both pickle protocols, and beside a training state are found") {
  const at::Tensor weight = at::arange(6, at::kFloat).view({2, 3});
  for (const char* name : {"module.pth", "protocol4.pth", "training.pth", "repacked.pth"}) {
    const TensorMap read = reader_case(name);
    REQUIRE(read.size() == 2);
    CHECK(same(read.at("weight"), weight) && same(read.at("bias"), at::arange(2, at::kFloat)));
  }
  CHECK(same(reader_case("teacher.pth").at("w"), at::arange(24, at::kFloat).view({4, 6}) + 1));
}

TEST("a checkpoint of PyTorch before 1.6 is read, its tensors tied where they were") {
  const at::Tensor base = at::arange(24, at::kFloat).view({4, 6});
  CHECK(same(reader_case("legacy.pth").at("w"), base));
  CHECK(inspect_weights(fixture("readers/legacy.pth")).tensors.size() == 1);
}

TEST("a checkpoint that is no plain state dict is refused with the cause") {
  CHECK(contains(refusal("foreign.pth"), "'argparse.Namespace'"));
  CHECK(contains(refusal("foreign.pth"), "foreign.pth"));
  CHECK(contains(refusal("compressed.pth"), "compressed record"));
  CHECK(contains(refusal("big-endian.pth"), "byte order is 'big'"));
  CHECK(contains(refusal("short-storage.pth"), "bytes instead of"));
  CHECK(contains(refusal("expanded.pth"), "beyond its storage"));
  CHECK(contains(refusal("ambiguous.pth"), "'first', 'second'"));
  CHECK(contains(refusal("no-tensors.pth"), "no tensors"));
  CHECK(contains(refusal("list.pth"), "does not hold a dict"));
}

TEST("a pickle that calls anything is refused by name and runs nothing") {
  for (const char* global :
       {"os\nsystem", "posix\nsystem", "builtins\neval", "torch\nload", "torch._utils\n_rebuild_x"}) {
    const std::string error = pickle_error(
        "\x80\x02"
        "c" +
        std::string(global) + "\n" + text("true") + "\x85R.");
    std::string dotted = global;
    dotted[dotted.find('\n')] = '.';
    CHECK(error.starts_with("WEIGHTS_FORMAT") && contains(error, "'" + dotted + "'"));
  }
}

TEST("tensors that reach beyond their storage are refused") {
  CHECK(pickle_error(dict_of(tensor(4, 0, {4}, {1}))).empty());
  CHECK(pickle_error(dict_of(tensor(4, 1, {0, 7}, {9, 9}))).empty());
  for (const std::string& bad :
       {tensor(4, 1, {4}, {1}), tensor(4, 0, {5}, {1}), tensor(4, 0, {2}, {4}), tensor(4, -1, {1}, {1}),
        tensor(4, 0, {-1}, {1}), tensor(4, 0, {2}, {-1}), tensor(4, 0, {2, 2}, {1}), tensor(4, 0, {4, 4}, {0, 1}),
        tensor(4, 0, {INT32_MAX, INT32_MAX, INT32_MAX}, {INT32_MAX, INT32_MAX, INT32_MAX}),
        tensor(4, 0, {0, INT32_MAX, INT32_MAX, INT32_MAX}, {0, 0, 0, 0}),
        tensor(4, INT32_MAX, {INT32_MAX}, {INT32_MAX})}) {
    CHECK(contains(pickle_error(dict_of(bad)), "tensor"));
  }
  CHECK(contains(pickle_error(dict_of(tensor(5, 0, {4}, {1}))), "16 bytes instead of 5 elements"));
}

TEST("damaged pickles are refused") {
  const std::string good = dict_of(tensor(4, 0, {4}, {1}));
  for (size_t length = 0; length < good.size(); ++length) CHECK(!pickle_error(good.substr(0, length)).empty());
  for (const std::string& bad :
       {std::string("."), std::string("s."), std::string("}}."), std::string("(."), std::string("t."),
        std::string("h\1."), std::string("}R."), std::string("}Q."), std::string("}b."), std::string("]a."),
        std::string("i."), std::string("}r\xff\xff\xff\xff."), "\x8a\x09" + std::string(9, 'x'),
        "\x8d" + std::string(8, '\xff'), "}(" + text("a") + "u.", std::string(2'000'000, ')'),
        std::string(2'000'000, '('), "]" + std::string(500'000, '\x85') + "."}) {
    CHECK(pickle_error(bad).starts_with("WEIGHTS_FORMAT"));
  }
}

TEST("a dict that holds itself ends the search") {
  CHECK(!pickle_error("}q" + std::string(1, '\0') + text("a") + "h" + std::string(1, '\0') + "s.").empty());
  const std::string two =
      "}q" + std::string(1, '\0') + text("a") + "}q\1" + text("b") + "h" + std::string(1, '\0') + "ss.";
  CHECK(contains(pickle_error(two), "too many nested"));
}

TEST("an OrderedDict of anything but pairs is refused, for referred to often it would claim memory without end") {
  const std::string make = "ccollections\nOrderedDict\n";
  const std::string pair = "(" + text("w") + tensor(4, 0, {4}, {1}) + "t";
  CHECK(pickle_error(make + "(](" + pair + "etR.").empty());
  const std::string twice = "(" + text("w") + tensor(4, 0, {4}, {1}) + text("v") + tensor(4, 0, {4}, {1}) + "t";
  CHECK(contains(pickle_error(make + "(](" + twice + "etR."), "other than pairs"));
}

TEST("a large dict that stands ten thousands of times in another is looked into once") {
  std::string inner = "}q" + std::string(1, '\0') + "(", outer = "}(";
  for (int i = 0; i < 40'000; ++i) inner += text("k") + "N";
  for (int i = 0; i < 40'000; ++i) outer += text("teacher") + "h" + std::string(1, '\0');
  const auto start = std::chrono::steady_clock::now();
  CHECK(contains(pickle_error("}(" + text("first") + inner + "u" + text("second") + outer + "uu."), "several parts"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST("many views of one storage may not claim more memory than the file can justify") {
  std::string items;
  for (int i = 0; i < 1000; ++i) items += text("w" + std::to_string(i)) + tensor(1000, 0, {1000}, {1});
  const TemporaryFolder folder;
  write_file(folder.file("m"), zip_bytes({{"a/data.pkl", "}(" + items + "u."}, {"a/data/0", std::string(4000, '\0')}}));
  CHECK(contains(error_of([&] { read_pth(folder.file("m")); }), "share their data"));
}

TEST("hostile zip archives are refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.pth");
  const std::string pickle = dict_of(tensor(4, 0, {4}, {1})), data(16, '\0');
  const auto refused = [&](const std::string& bytes) {
    write_file(path, bytes);
    return error_of([&] { read_weights(path, nullptr); });
  };
  const std::string good = zip_bytes({{"a/data.pkl", pickle}, {"a/data/0", data}});
  CHECK(refused(good).empty());
  CHECK(refused(good + "").empty());
  for (size_t length = 5; length < good.size(); ++length) {
    CHECK(refused(good.substr(0, length)).starts_with("WEIGHTS_FORMAT"));
  }
  CHECK(contains(refused(zip_bytes({{"a/data.pkl", pickle}})), "is missing"));
  CHECK(contains(refused(zip_bytes({{"a/data/0", data}})), "no data.pkl"));
  CHECK(contains(refused(zip_bytes({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}})), "two checkpoints"));
  CHECK(contains(refused(zip_bytes({{"a/data.pkl", pickle}, {"a/data.pkl", pickle}})), "twice"));
  CHECK(contains(refused(zip_bytes({{"a/data.pkl", pickle}, {"a/constants.pkl", pickle}})), "TorchScript"));
  // The size of the last record, in the directory, claims what the file does not have.
  std::string oversized = good;
  const size_t entry = good.rfind("PK\1\2");
  for (const size_t at : {entry + 20, entry + 24}) oversized.replace(at, 4, little_endian(uint32_t{0x7FFFFFFF}));
  CHECK(contains(refused(oversized), "claims 2147483647 bytes"));
  std::string encrypted = good;
  encrypted[entry + 8] = 1;
  CHECK(contains(refused(encrypted), "encrypted"));
}

}  // namespace
}  // namespace dinomaly::test
