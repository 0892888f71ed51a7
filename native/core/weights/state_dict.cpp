#include "state_dict.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "bytes.h"

namespace dinomaly {
namespace {

constexpr int kMaxNesting = 4;
// Where publishers put the weights to use, the first that holds tensors winning: of a self-distilled pair the teacher.
constexpr std::array<std::string_view, 3> kUsualKeys{"teacher", "model", "state_dict"};

// What a dict has under text keys.
struct Holdings {
  bool tensors = false, dicts = false;
};

Holdings look_into(const pickle::Dict& dict) {
  Holdings found;
  for (const auto& [key, value] : dict.items) {
    if (key->as<std::string_view>() == nullptr) continue;
    const auto* inner = value->as<pickle::Dict>();
    found.dicts = found.dicts || (inner != nullptr && inner != &dict);
    found.tensors = found.tensors || value->as<pickle::Tensor>() != nullptr;
  }
  return found;
}

struct Nested {
  std::string_view key;
  pickle::Dict* dict;
  Holdings holdings;
};

// The dicts within `dict` under a text key. One that stands there many times is looked into once: in hostile bytes a
// large dict may stand in another a hundred thousand times.
std::vector<Nested> nested_dicts(pickle::Dict& dict) {
  std::vector<Nested> found;
  std::unordered_map<const pickle::Dict*, Holdings> seen;
  for (const auto& [key, value] : dict.items) {
    const auto* name = key->as<std::string_view>();
    auto* inner = value->as<pickle::Dict>();
    if (name == nullptr || inner == nullptr || inner == &dict) continue;
    const auto [entry, is_new] = seen.try_emplace(inner);
    if (is_new) entry->second = look_into(*inner);
    found.push_back({*name, inner, entry->second});
  }
  return found;
}

// The nested dict to go on with, or null when `dict` itself is the state dict.
pickle::Dict* choose(pickle::Dict& dict, const std::string& path) {
  std::vector<Nested> nested = nested_dicts(dict);
  for (const std::string_view key : kUsualKeys) {
    for (const Nested& entry : nested) {
      // The usual key may wrap one level more: {"teacher": {"state_dict": {...}}}.
      if (entry.key == key && (entry.holdings.tensors || entry.holdings.dicts)) return entry.dict;
    }
  }
  if (look_into(dict).tensors) return nullptr;
  const auto without = [](const Nested& entry) { return !entry.holdings.tensors; };
  if (!std::all_of(nested.begin(), nested.end(), without)) std::erase_if(nested, without);
  if (nested.empty()) refuse_weights(path, "it holds no tensors");
  if (nested.size() > 1) {
    std::string keys;
    for (size_t i = 0; i < std::min<size_t>(nested.size(), 8); ++i) keys += (i ? ", " : "") + in_quotes(nested[i].key);
    refuse_weights(path, "several parts of it could be meant: " + keys + "; save the one to use by itself");
  }
  return nested[0].dict;
}

}  // namespace

std::map<std::string, pickle::Tensor> find_state_dict(pickle::Value* root, const std::string& path) {
  auto* dict = root->as<pickle::Dict>();
  if (dict == nullptr) refuse_weights(path, "it does not hold a dict of tensors");
  int depth = 0;
  while (pickle::Dict* inner = choose(*dict, path)) {
    if (++depth > kMaxNesting) refuse_weights(path, "its tensors lie in too many nested dicts");
    dict = inner;
  }
  std::map<std::string, pickle::Tensor> tensors;
  for (const auto& [key, value] : dict->items) {
    const auto* name = key->as<std::string_view>();
    const auto* tensor = value->as<pickle::Tensor>();
    if (name == nullptr || tensor == nullptr) continue;
    if (!tensors.emplace(*name, *tensor).second)
      refuse_weights(path, "it names the tensor " + in_quotes(*name) + " twice");
  }
  return tensors;
}

}  // namespace dinomaly
