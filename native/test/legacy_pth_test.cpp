// Checkpoints of PyTorch before 1.6, a row of pickles and the data after them: what is taken, and what hostile ones
// get.
#include <ATen/ATen.h>

#include <chrono>
#include <map>
#include <vector>

#include "core/weights/pth.h"
#include "core/weights/weights_file.h"
#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

const std::string kMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
const std::string kProtocol("\x80\x02M\xe9\x03.", 6);
const std::string kSystem("\x80\x02}.", 4);

template <typename T>
std::string little_endian(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string text(const std::string& value) { return "X" + little_endian(static_cast<uint32_t>(value.size())) + value; }
std::string integer(int32_t value) { return "J" + little_endian(value); }

// A tensor [count] over the storage '7' of four floats, `view` being the last item of its id.
std::string tensor(int32_t count, int32_t offset, const std::string& view) {
  return "ctorch._utils\n_rebuild_tensor\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("7") + text("cpu") +
         integer(4) + view + "tQ" + integer(offset) + "(" + integer(count) + "t(" + integer(1) + "ttR";
}

struct Parts {
  std::string object = "\x80\x02}" + text("w") + tensor(4, 0, "N") + "s.";
  std::string keys = "\x80\x02](" + text("7") + "e.";
  int64_t count = 4;
  std::string data = std::string("\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 16);  // 0, 1, 2, 3
};

std::string bytes_of(const Parts& parts) {
  return kMagic + kProtocol + kSystem + parts.object + parts.keys + little_endian(parts.count) + parts.data;
}

// The tensor 'w' of a file of these bytes.
at::Tensor read(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder.file("m.pth"), bytes);
  return read_weights(folder.file("m.pth"), nullptr).at("w").clone();
}

std::string error(const std::string& bytes) {
  return error_of([&] { read(bytes); });
}

TEST("a legacy checkpoint gives its tensors whatever the alignment of their data") {
  CHECK(same(read(bytes_of({})), at::arange(4, at::kFloat)));
  for (size_t padding = 1; padding <= 4; ++padding) {
    Parts parts;
    parts.object = "\x80\x02}(" + text("w") + tensor(4, 0, "N") + text(std::string(padding, 'x')) + "Nu.";
    CHECK(same(read(bytes_of(parts)), at::arange(4, at::kFloat)));
  }
}

TEST("views of a storage, as files of PyTorch before 0.4 have them, and Python 2's text are read") {
  Parts parts;
  const std::string view = "(" + text("9") + integer(1) + integer(2) + "t";
  parts.object = "\x80\x02}" + text("w") + tensor(1, 1, view) + "s.";
  CHECK(same(read(bytes_of(parts)), at::full({1}, 2.0f)));
  parts.object = "\x80\x02}" + text("w") + tensor(4, 0, "") + "s.";
  CHECK(same(read(bytes_of(parts)), at::arange(4, at::kFloat)));
  parts.object = std::string("\x80\x02}U\x01w") + tensor(4, 0, "N") + "s.";
  CHECK(same(read(bytes_of(parts)), at::arange(4, at::kFloat)));
  parts.object = std::string("\x80\x02}T\x01\0\0\0w", 9) + tensor(4, 0, "N") + "s.";
  CHECK(same(read(bytes_of(parts)), at::arange(4, at::kFloat)));
}

TEST("a legacy checkpoint that is cut short is refused at every length") {
  const std::string good = bytes_of({});
  CHECK(error(good).empty());
  CHECK(error(good + "more").empty());
  for (size_t length = 3; length < good.size(); ++length) {
    CHECK(error(good.substr(0, length)).starts_with("WEIGHTS_FORMAT"));
  }
}

TEST("a legacy checkpoint may not claim what the file does not have") {
  Parts parts;
  parts.count = 5;
  CHECK(contains(error(bytes_of(parts)), "5 elements instead of 4"));
  parts = {};
  parts.count = -1;
  CHECK(contains(error(bytes_of(parts)), "-1 elements"));
  parts = {};
  parts.data.resize(15);
  CHECK(contains(error(bytes_of(parts)), "which the file does not have"));
  for (const auto& [start, length] : std::map<int32_t, int32_t>{{3, 2}, {-1, 1}, {0, 5}, {INT32_MAX, 1}, {1, -1}}) {
    parts = {};
    parts.object =
        "\x80\x02}" + text("w") + tensor(1, 0, "(" + text("9") + integer(start) + integer(length) + "t") + "s.";
    CHECK(contains(error(bytes_of(parts)), "beyond its storage"));
  }
  parts = {};
  parts.object = "\x80\x02}" + text("w") + tensor(2, 0, "(" + text("9") + integer(0) + integer(1) + "t") + "s.";
  CHECK(contains(error(bytes_of(parts)), "beyond its storage"));
}

TEST("legacy checkpoints with another list of storages, protocol or magic number are refused with the cause") {
  Parts parts;
  parts.keys = "\x80\x02](" + text("8") + "e.";
  CHECK(contains(error(bytes_of(parts)), "no tensor refers to"));
  parts.keys = "\x80\x02](" + text("7") + text("7") + "e.";
  parts.data += little_endian(int64_t{4}) + parts.data;
  CHECK(contains(error(bytes_of(parts)), "twice"));
  parts = {};
  parts.keys = "\x80\x02}.";
  CHECK(contains(error(bytes_of(parts)), "no list"));
  parts.keys = "\x80\x02].";
  CHECK(contains(error(bytes_of(parts)), "is missing"));
  std::string other = bytes_of({});
  other[5] ^= 1;
  CHECK(contains(error(other), "magic number"));
  other = bytes_of({});
  other[kMagic.size() + 3] ^= 1;
  CHECK(contains(error(other), "unknown protocol"));
  CHECK(contains(error("\x80\x02}" + text("w") + "Ns."), "magic number"));
}

TEST("pickles that claim as much as they may stay within 64 MiB beyond the file, and two seconds") {
  const auto values = [](size_t count, const std::string& value) {
    std::string many = "](";
    for (size_t i = 0; i < count; ++i) many += value;
    return many + "e";
  };
  const std::string storage =
      "((" + text("storage") + "ctorch\nFloatStorage\n" + text("7") + text("cpu") + integer(4) + "tQt";
  const std::string number = little_endian(uint32_t{900'000});
  std::vector<Parts> hostile(4);
  hostile[0].object = "\x80\x02}" + text("w") + values(140'000, ")") + "s.";
  hostile[1].object = "\x80\x02}" + text("w") + values(15'000, storage) + "s.";
  hostile[2].keys = "\x80\x02" + values(14'000, text("7")) + ".";
  hostile[3].object = "\x80\x02}r" + number + text("w") + values(900'000, "j" + number) + "s.";
  const TemporaryFolder folder;
  for (const Parts& parts : hostile) {
    const std::string bytes = bytes_of(parts);
    write_file(folder.file("m.pth"), bytes);
    const auto start = std::chrono::steady_clock::now();
    const MemoryLimit limit(2 * bytes.size() + kReaderAllowance);
    CHECK(error_of([&] { read_weights(folder.file("m.pth"), nullptr); }).starts_with("WEIGHTS_FORMAT"));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  }
}

TEST("a legacy pickle that calls anything is refused by name") {
  Parts parts;
  parts.object =
      "\x80\x02"
      "cos\nsystem\n" +
      text("true") + "\x85R.";
  CHECK(contains(error(bytes_of(parts)), "'os.system'"));
}

}  // namespace
}  // namespace dinomaly::test
