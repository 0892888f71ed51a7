#include "state_dict.h"

#include <algorithm>
#include <array>

#include "bytes.h"

namespace dinomaly {
namespace {

constexpr int kMaxNesting = 4;
// Where publishers put the weights to use, the first that holds tensors winning: of a self-distilled pair the teacher.
constexpr std::array<std::string_view, 3> kUsualKeys{"teacher", "model", "state_dict"};

bool holds_tensors(pickle::Dict& dict) {
  return std::any_of(dict.items.begin(), dict.items.end(), [](const auto& item) {
    return item.first->template as<std::string_view>() != nullptr &&
           item.second->template as<pickle::Tensor>() != nullptr;
  });
}

struct Nested {
  std::string_view key;
  pickle::Dict* dict;
};

// The dicts within `dict` under a text key.
std::vector<Nested> nested_dicts(pickle::Dict& dict) {
  std::vector<Nested> found;
  for (const auto& [key, value] : dict.items) {
    const auto* name = key->as<std::string_view>();
    auto* inner = value->as<pickle::Dict>();
    if (name != nullptr && inner != nullptr && inner != &dict) found.push_back({*name, inner});
  }
  return found;
}

// The nested dict to go on with, or null when `dict` itself is the state dict.
pickle::Dict* choose(pickle::Dict& dict, const std::string& path) {
  std::vector<Nested> nested = nested_dicts(dict);
  for (const std::string_view key : kUsualKeys) {
    for (const Nested& entry : nested) {
      // The usual key may wrap one level more: {"teacher": {"state_dict": {...}}}.
      if (entry.key == key && (holds_tensors(*entry.dict) || !nested_dicts(*entry.dict).empty())) return entry.dict;
    }
  }
  if (holds_tensors(dict)) return nullptr;
  const auto with_tensors =
      std::partition(nested.begin(), nested.end(), [](const Nested& entry) { return holds_tensors(*entry.dict); });
  if (with_tensors != nested.begin()) nested.erase(with_tensors, nested.end());
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
