// A tensors-only unpickler. It understands the opcodes and the few globals of which torch.save() makes a state dict,
// and refuses any other global by name: nothing is looked up, called or executed. It stops within fixed limits of work
// and memory whatever the bytes say.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "dtype.h"

namespace dinomaly::pickle {

struct Value;

// The globals a state dict may name.
enum class Callable { kOrderedDict, kRebuildTensor, kRebuildParameter, kParameter, kSize };

struct None {};
struct Global {
  Callable callable;
};
struct StorageType {
  const Dtype* dtype;
};
struct Sequence {  // a list or a tuple
  std::vector<Value*> items;
};
struct Dict {
  std::vector<std::pair<Value*, Value*>> items;
};
struct Storage {
  const Dtype* dtype;
  std::string_view key;  // of the record data/<key>, or in the list of a legacy file
  int64_t count;         // elements
  int64_t start = 0;     // of the part that a view of it is, as PyTorch before 0.4 had them; in elements
  int64_t length = 0;    // of that part; else the count
};
struct Tensor {
  Storage storage;
  int64_t offset;  // in elements of the whole storage, as are the strides
  std::vector<int64_t> sizes, strides;
};

// Text is a view into the pickle.
struct Value {
  std::variant<None, bool, int64_t, double, std::string_view, Sequence, Dict, Global, StorageType, Storage, Tensor>
      data;

  template <typename T>
  T* as() {
    return std::get_if<T>(&data);
  }
};

// A parsed pickle. Values refer to each other, perhaps in circles, and live as long as the document.
class Document {
 public:
  // `bytes` outlives the document, and may go on after the pickle. Its limits are divided by `share` where others are
  // alive beside it. Throws WEIGHTS_FORMAT naming `path`.
  Document(std::string_view bytes, const std::string& path, size_t share = 1);

  Value* root() const { return root_; }
  // Every value, also those that `root` does not hold.
  std::deque<Value>& values() { return values_; }
  // Bytes of the pickle itself.
  size_t size() const { return size_; }

 private:
  std::deque<Value> values_;
  Value* root_ = nullptr;
  size_t size_ = 0;
};

}  // namespace dinomaly::pickle
