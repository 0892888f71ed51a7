#include "safetensors.h"

#include <ATen/ops/ne.h>

#include <algorithm>

#include "../nn/weight_memory.h"
#include "../parallel.h"
#include "bytes.h"
#include "dtype.h"
#include "file_reader.h"
#include "json.h"

namespace dinomaly {
namespace {

constexpr uint64_t kMaxHeader = 100'000'000;
constexpr size_t kMaxRank = 32;
constexpr size_t kMaxTensors = 65'536;

struct Stored {
  std::string name;
  const Dtype* dtype = nullptr;
  std::vector<int64_t> shape;
  int64_t begin = 0, end = 0;  // within the data
};

struct Contents {
  FileReader file;
  uint64_t data = 0;  // where it begins
  Metadata metadata;
  std::vector<Stored> tensors;  // by name
};

// [begin, end] of "data_offsets", or the sizes of "shape".
std::vector<int64_t> integers(JsonReader& json, size_t limit, const char* what) {
  std::vector<int64_t> values;
  json.array([&] {
    if (values.size() == limit) json.fail(std::string(what) + " has more than " + std::to_string(limit) + " numbers");
    values.push_back(json.unsigned_integer());
  });
  return values;
}

Stored parse_tensor(JsonReader& json, const std::string& name) {
  Stored tensor;
  tensor.name = name;
  bool shaped = false, placed = false;
  json.object([&](const std::string& key) {
    if (key == "dtype") {
      const std::string dtype = json.string();
      tensor.dtype = dtype_named(dtype);
      if (tensor.dtype == nullptr)
        json.fail("tensor " + in_quotes(name) + " has the unknown dtype " + in_quotes(dtype));
    } else if (key == "shape") {
      tensor.shape = integers(json, kMaxRank, "shape");
      shaped = true;
    } else if (key == "data_offsets") {
      const std::vector<int64_t> offsets = integers(json, 2, "data_offsets");
      if (offsets.size() != 2) json.fail("data_offsets of " + in_quotes(name) + " are not two numbers");
      tensor.begin = offsets[0];
      tensor.end = offsets[1];
      placed = true;
    } else {
      json.skip();
    }
  });
  if (tensor.dtype == nullptr || !shaped || !placed) {
    json.fail("tensor " + in_quotes(name) + " lacks dtype, shape or data_offsets");
  }
  return tensor;
}

void parse_header(std::string_view text, Contents* contents) {
  JsonReader json(text);
  json.object([&](const std::string& key) {
    if (key == "__metadata__") {
      json.object([&](const std::string& field) { contents->metadata.emplace(field, json.string()); });
      return;
    }
    if (contents->tensors.size() == kMaxTensors) json.fail("more than " + std::to_string(kMaxTensors) + " tensors");
    contents->tensors.push_back(parse_tensor(json, key));
  });
  json.finish();
}

// shape x dtype against the offsets.
void check_size(const Stored& tensor, const std::string& path) {
  const std::optional<int64_t> count = element_count(tensor.shape);
  const std::optional<int64_t> bytes = count ? checked_product(*count, tensor.dtype->bytes) : std::nullopt;
  if (!bytes) refuse_weights(path, "the shape of tensor " + in_quotes(tensor.name) + " overflows");
  if (tensor.begin > tensor.end) {
    refuse_weights(path, "the data of tensor " + in_quotes(tensor.name) + " ends before it starts");
  }
  if (tensor.end - tensor.begin != *bytes) {
    refuse_weights(path, "tensor " + in_quotes(tensor.name) + " has " + std::to_string(tensor.end - tensor.begin) +
                             " bytes where its shape and dtype need " + std::to_string(*bytes));
  }
}

// The tensors, in the order of their data, must cover it without holes and without overlap.
void check_layout(const Contents& contents, const std::string& path) {
  std::vector<const Stored*> order;
  for (const Stored& tensor : contents.tensors) {
    check_size(tensor, path);
    order.push_back(&tensor);
  }
  std::sort(order.begin(), order.end(), [](const Stored* a, const Stored* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  const auto size = static_cast<int64_t>(contents.file.size() - contents.data);
  int64_t covered = 0;
  for (const Stored* tensor : order) {
    if (tensor->end > size) {
      refuse_weights(path, "the data of tensor " + in_quotes(tensor->name) + " ends at byte " +
                               std::to_string(tensor->end) + " of " + std::to_string(size) +
                               "; the file seems to be cut short");
    }
    if (tensor->begin != covered) {
      const char* fault = tensor->begin < covered ? "overlaps another tensor" : "leaves a gap before it";
      refuse_weights(path, "the data of tensor " + in_quotes(tensor->name) + " " + fault);
    }
    covered = tensor->end;
  }
  if (covered != size) {
    refuse_weights(path, std::to_string(size - covered) + " bytes follow the data of the last tensor");
  }
}

Contents open_contents(const std::string& path) {
  Contents contents{.file = FileReader(path), .metadata = {}, .tensors = {}};
  const uint64_t size = contents.file.size();
  uint64_t length = 0;
  if (size < sizeof(length)) {
    refuse_weights(path, "it has " + std::to_string(size) + " bytes, too few for a safetensors file");
  }
  contents.file.read(0, &length, sizeof(length));
  if (length > kMaxHeader || !within(sizeof(length), length, size)) {
    refuse_weights(path, "its safetensors header claims " + std::to_string(length) + " bytes, the file has " +
                             std::to_string(size) + " and at most " + std::to_string(kMaxHeader) + " are accepted");
  }
  contents.data = sizeof(length) + length;
  std::string header(length, '\0');
  contents.file.read(sizeof(length), header.data(), length);
  try {
    parse_header(header, &contents);
  } catch (const JsonError& error) {
    refuse_weights(path, std::string("its safetensors header is damaged: ") + error.what());
  }
  check_layout(contents, path);
  std::sort(contents.tensors.begin(), contents.tensors.end(),
            [](const Stored& a, const Stored& b) { return a.name < b.name; });
  return contents;
}

at::Tensor read_tensor(const Contents& contents, const Stored& stored) {
  const bool boolean = stored.dtype->type == at::kBool;  // its stored bytes may be neither 0 nor 1
  at::Tensor tensor = empty_weights(stored.shape, boolean ? at::kByte : stored.dtype->type);
  contents.file.read(contents.data + static_cast<uint64_t>(stored.begin), tensor.data_ptr(), tensor.nbytes());
  return boolean ? tensor.ne(0) : tensor;
}

}  // namespace

FileInfo inspect_safetensors(const std::string& path) {
  Contents contents = open_contents(path);
  FileInfo info{.format = "safetensors", .metadata = std::move(contents.metadata), .tensors = {}};
  for (Stored& tensor : contents.tensors) {
    info.tensors.push_back({std::move(tensor.name), std::string(tensor.dtype->name), std::move(tensor.shape)});
  }
  return info;
}

TensorMap read_safetensors(const std::string& path, Metadata* metadata) {
  Contents contents = open_contents(path);
  // Most of the time goes into bringing memory in, page by page.
  std::vector<at::Tensor> read(contents.tensors.size());
  run_parallel(static_cast<int64_t>(read.size()), {},
               [&](int64_t i) { read[i] = read_tensor(contents, contents.tensors[i]); });
  TensorMap tensors;
  for (size_t i = 0; i < read.size(); ++i) tensors.emplace(contents.tensors[i].name, std::move(read[i]));
  if (metadata != nullptr) *metadata = std::move(contents.metadata);
  return tensors;
}

}  // namespace dinomaly
