// write_safetensors: see safetensors.h.
#include <algorithm>

#include "atomic_file.h"
#include "bytes.h"
#include "dtype.h"
#include "json.h"
#include "safetensors.h"

namespace dinomaly {
namespace {

constexpr size_t kAlignment = 8;

struct Placed {
  const std::string* name;
  const at::Tensor* tensor;
  const Dtype* dtype;
  int64_t begin, end;  // within the data
};

// In the order of their data.
std::vector<Placed> place(const TensorMap& tensors) {
  std::vector<Placed> order;
  for (const auto& [name, tensor] : tensors) {
    const Dtype* dtype = tensor.defined() ? dtype_of(tensor.scalar_type()) : nullptr;
    if (dtype == nullptr || name == "__metadata__") {
      throw Error("INVALID_INPUT", "A safetensors file cannot hold the tensor " + in_quotes(name));
    }
    order.push_back({&name, &tensor, dtype, 0, 0});
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Placed& a, const Placed& b) { return a.dtype->bytes > b.dtype->bytes; });
  int64_t at = 0;
  for (Placed& entry : order) {
    entry.begin = at;
    entry.end = at += entry.tensor->numel() * entry.dtype->bytes;
  }
  return order;
}

std::string metadata_json(const Metadata& metadata) {
  std::string json;
  for (const auto& [key, value] : metadata) {
    json += (json.empty() ? "" : ",") + json_string(key) + ":" + json_string(value);
  }
  return "{" + json + "}";
}

std::string tensor_json(const Placed& entry) {
  std::string shape;
  for (const int64_t size : entry.tensor->sizes()) shape += (shape.empty() ? "" : ",") + std::to_string(size);
  return json_string(*entry.name) + ":{\"dtype\":\"" + std::string(entry.dtype->name) + "\",\"shape\":[" + shape +
         "],\"data_offsets\":[" + std::to_string(entry.begin) + "," + std::to_string(entry.end) + "]}";
}

// Padded with spaces so that the data starts at a multiple of 8.
std::string header(std::vector<Placed> order, const Metadata& metadata) try {
  std::sort(order.begin(), order.end(), [](const Placed& a, const Placed& b) { return *a.name < *b.name; });
  std::string json = metadata.empty() ? "" : "\"__metadata__\":" + metadata_json(metadata);
  for (const Placed& entry : order) json += (json.empty() ? "" : ",") + tensor_json(entry);
  json = "{" + json + "}";
  json.append((kAlignment - json.size() % kAlignment) % kAlignment, ' ');
  return json;
} catch (const JsonError& error) {
  throw Error("INVALID_INPUT", std::string("A safetensors header cannot hold it: ") + error.what());
}

}  // namespace

void write_safetensors(const std::string& path, const TensorMap& tensors, const Metadata& metadata) {
  const std::vector<Placed> order = place(tensors);
  const std::string json = header(order, metadata);
  const auto length = static_cast<uint64_t>(json.size());
  AtomicFile file(path);
  file.write({reinterpret_cast<const char*>(&length), sizeof(length)});
  file.write(json);
  for (const Placed& entry : order) {
    // One tensor at a time, so that a model on a GPU never lies in host memory whole.
    const at::Tensor values = entry.tensor->detach().to(at::kCPU).contiguous();
    file.write({static_cast<const char*>(values.const_data_ptr()), static_cast<size_t>(entry.end - entry.begin)});
  }
  file.commit();
}

}  // namespace dinomaly
