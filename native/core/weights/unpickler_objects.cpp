// What the unpickler does where a pickle would name a Python type or call a function: a table of the few that a state
// dict needs, re-created as plain data.
#include <algorithm>
#include <array>
#include <optional>

#include "bytes.h"
#include "unpickler.h"

namespace dinomaly::pickle {
namespace {

constexpr size_t kMaxRank = 32;

struct KnownGlobal {
  std::string_view module, name;
  Callable callable;
};

constexpr std::array<KnownGlobal, 6> kGlobals{{
    {"collections", "OrderedDict", Callable::kOrderedDict},
    {"torch._utils", "_rebuild_tensor", Callable::kRebuildTensor},  // before PyTorch 0.4: the first four arguments
    {"torch._utils", "_rebuild_tensor_v2", Callable::kRebuildTensor},
    {"torch._utils", "_rebuild_parameter", Callable::kRebuildParameter},
    {"torch.nn.parameter", "Parameter", Callable::kParameter},
    {"torch", "Size", Callable::kSize},
}};

}  // namespace

void Unpickler::global(std::string_view module, std::string_view name) {
  if (module == "torch") {
    if (const Dtype* dtype = dtype_of_storage(name)) return push(make(StorageType{dtype}));
  }
  const auto known = std::find_if(kGlobals.begin(), kGlobals.end(),
                                  [&](const KnownGlobal& g) { return g.module == module && g.name == name; });
  if (known == kGlobals.end()) {
    refuse_weights(path_, "it holds " + in_quotes(std::string(module) + "." + std::string(name)) +
                              ", which is no part of a state dict; nothing of it was run. Save the tensors alone: "
                              "torch.save(model.state_dict(), path)");
  }
  push(make(Global{known->callable}));
}

// ('storage', storage type, key, device, element count[, view]): where a tensor's data lies.
void Unpickler::persistent_id() {
  const std::vector<Value*>& id = expect<Sequence>(pop(), "the place of a storage").items;
  if (id.size() < 5 || id.size() > 6 || expect<std::string_view>(id[0], "the kind of a storage") != "storage") {
    fail("it refers to something that is no storage");
  }
  const Dtype* dtype = expect<StorageType>(id[1], "the type of a storage").dtype;
  const std::string_view key = expect<std::string_view>(id[2], "the key of a storage");
  const int64_t count = expect<int64_t>(id[4], "the size of a storage");
  if (count < 0) fail("it has a storage of negative size");
  Storage storage{.dtype = dtype, .key = key, .count = count, .start = 0, .length = count};
  if (id.size() == 6 && id[5]->as<None>() == nullptr) read_view(id[5], &storage);
  push(make(storage));
}

// (key of the view, offset, element count): a storage that is a part of another.
void Unpickler::read_view(Value* view, Storage* storage) {
  const std::vector<Value*>& items = expect<Sequence>(view, "the view of a storage").items;
  if (items.size() != 3) fail("it refers to a view of a storage that has no place");
  storage->start = expect<int64_t>(items[1], "the offset of a view");
  storage->length = expect<int64_t>(items[2], "the size of a view");
  const bool positive = storage->start >= 0 && storage->length >= 0;
  if (!positive || storage->start > storage->count || storage->length > storage->count - storage->start) {
    fail("it refers to a view that reaches beyond its storage");
  }
}

void Unpickler::reduce() {
  Sequence& arguments = expect<Sequence>(pop(), "the arguments of a call");
  const Callable callable = expect<Global>(pop(), "a function").callable;
  push(call(callable, arguments));
}

Value* Unpickler::call(Callable callable, Sequence& arguments) {
  switch (callable) {
    case Callable::kOrderedDict:
      return ordered_dict(arguments);
    case Callable::kRebuildTensor:
      return rebuild_tensor(arguments);
    case Callable::kRebuildParameter:
    case Callable::kParameter:
      if (arguments.items.empty()) fail("it makes a parameter of nothing");
      expect<Tensor>(arguments.items[0], "the tensor of a parameter");
      return arguments.items[0];
    case Callable::kSize:
      if (arguments.items.size() != 1) fail("it makes a torch.Size of several values");
      expect<Sequence>(arguments.items[0], "the sizes of a tensor");
      return arguments.items[0];
  }
  fail("it calls an unknown function");
}

// No arguments, or one list of pairs as Python 2 wrote it.
Value* Unpickler::ordered_dict(Sequence& arguments) {
  Value* const result = make(Dict{});
  if (arguments.items.empty()) return result;
  if (arguments.items.size() != 1) fail("it makes an OrderedDict of several values");
  for (Value* const item : expect<Sequence>(arguments.items[0], "the pairs of an OrderedDict").items) {
    charge(1);
    const std::vector<Value*>& pair = expect<Sequence>(item, "a pair").items;
    // Longer ones, referred to again and again, would make a small file claim much memory.
    if (pair.size() != 2) fail("it makes an OrderedDict of something other than pairs");
    add_items(result, pair);
  }
  return result;
}

void Unpickler::add_items(Value* dict, const std::vector<Value*>& keys_and_values) {
  auto& items = expect<Dict>(dict, "a dict").items;
  if (keys_and_values.size() % 2 != 0) fail("it has a key without a value");
  for (size_t i = 0; i + 1 < keys_and_values.size(); i += 2) {
    items.emplace_back(keys_and_values[i], keys_and_values[i + 1]);
  }
}

std::vector<int64_t> Unpickler::dimensions(Value* value) {
  const std::vector<Value*>& items = expect<Sequence>(value, "the shape of a tensor").items;
  if (items.size() > kMaxRank) fail("it has a tensor of more than " + std::to_string(kMaxRank) + " dimensions");
  std::vector<int64_t> result;
  for (Value* const item : items) {
    result.push_back(expect<int64_t>(item, "the size of a tensor"));
    if (result.back() < 0) fail("it has a tensor of negative size or stride");
  }
  return result;
}

// (storage, offset, sizes, strides, requires_grad, backward_hooks[, metadata]); the last three do not matter here.
Value* Unpickler::rebuild_tensor(Sequence& arguments) {
  const std::vector<Value*>& items = arguments.items;
  if (items.size() < 4 || items.size() > 7)
    fail("it rebuilds a tensor from " + std::to_string(items.size()) + " values");
  Tensor tensor{.storage = expect<Storage>(items[0], "the storage of a tensor"),
                .offset = expect<int64_t>(items[1], "the offset of a tensor"),
                .sizes = dimensions(items[2]),
                .strides = dimensions(items[3])};
  if (tensor.offset < 0) fail("it has a tensor of negative offset");
  if (tensor.sizes.size() != tensor.strides.size()) fail("it has a tensor with more sizes than strides, or fewer");
  const std::optional<int64_t> count = element_count(tensor.sizes);
  std::optional<int64_t> last = tensor.offset;
  for (size_t i = 0; i < tensor.sizes.size(); ++i) {
    const auto reach = checked_product(std::max<int64_t>(tensor.sizes[i] - 1, 0), tensor.strides[i]);
    last = last && reach ? checked_sum(*last, *reach) : std::nullopt;
  }
  // More elements than the storage has: an expanded view, by which a small file would claim much memory.
  const int64_t length = tensor.storage.length;
  if (!count || !last || *count > length || (*count > 0 && *last >= length)) {
    fail("it has a tensor that reaches beyond its storage");
  }
  tensor.offset = *count > 0 ? tensor.offset + tensor.storage.start : 0;
  return make(std::move(tensor));
}

// Attributes that torch hangs on a state dict (_metadata); they say nothing of the tensors.
void Unpickler::build() {
  pop();
  Value* const value = top();
  if (value->as<Dict>() == nullptr && value->as<Tensor>() == nullptr) fail("it sets attributes of something else");
}

Document::Document(std::string_view bytes, const std::string& path, size_t share) {
  Unpickler unpickler(bytes, path, share, &values_);
  root_ = unpickler.run();
  size_ = unpickler.position();
}

}  // namespace dinomaly::pickle
