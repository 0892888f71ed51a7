#include "case_file.h"

#include <unistd.h>

#include <fstream>
#include <iterator>

#include "core/error.h"
#include "core/weights/json.h"
#include "core/words.h"

namespace dinomaly::parity {

// Walks a JSON document of unknown shape by looking at the first character of each value.
class Flattener {
 public:
  Flattener(const std::string& text, CaseConfig& config) : reader_(text), config_(config) {}

  void run() {
    value("");
    reader_.finish();
  }

 private:
  void value(const std::string& key) {
    switch (reader_.next_kind()) {
      case JsonReader::Kind::kObject:
        reader_.object([&](const std::string& member) {
          if (key.empty()) config_.members_.push_back(member);
          value(key.empty() ? member : key + "." + member);
        });
        return;
      case JsonReader::Kind::kArray: {
        int64_t index = 0;
        reader_.array([&] { value(key + "." + std::to_string(index++)); });
        return;
      }
      case JsonReader::Kind::kString:
        config_.texts_[key] = reader_.string();
        return;
      case JsonReader::Kind::kBoolean:
        config_.numbers_[key] = reader_.boolean() ? 1 : 0;
        return;
      case JsonReader::Kind::kNumber:
        config_.numbers_[key] = reader_.real();
        return;
      case JsonReader::Kind::kNull:
        reader_.skip();
        return;
    }
  }

  JsonReader reader_;
  CaseConfig& config_;
};

CaseConfig::CaseConfig(const std::string& path) : path_(path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error("FILE_READ", "Cannot read " + path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  try {
    Flattener(text, *this).run();
  } catch (const JsonError& error) {
    throw Error("INVALID_INPUT", path + " is not JSON: " + error.what());
  }
}

double CaseConfig::number(const std::string& key) const {
  const auto found = numbers_.find(key);
  if (found == numbers_.end()) throw Error("INVALID_INPUT", path_ + " has no number '" + key + "'");
  return found->second;
}

std::string CaseConfig::text(const std::string& key) const {
  const auto found = texts_.find(key);
  if (found == texts_.end()) throw Error("INVALID_INPUT", path_ + " has no text '" + key + "'");
  return found->second;
}

std::vector<int64_t> CaseConfig::integers(const std::string& key) const {
  std::vector<int64_t> found;
  while (numbers_.contains(key + "." + std::to_string(found.size()))) {
    found.push_back(integer(key + "." + std::to_string(found.size())));
  }
  return found;
}

std::vector<std::vector<int64_t>> CaseConfig::groups(const std::string& key) const {
  std::vector<std::vector<int64_t>> found;
  while (true) {
    std::vector<int64_t> group = integers(key + "." + std::to_string(found.size()));
    if (group.empty()) return found;
    found.push_back(std::move(group));
  }
}

namespace {

std::vector<std::vector<int64_t>> decoder_groups(const CaseConfig& config, bool concatenates) {
  if (concatenates) return {{0}};
  const auto own = config.groups("decoder_groups");
  return own.empty() ? config.groups("groups") : own;
}

}  // namespace

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

ModelConfig to_model_config(const CaseConfig& config) {
  const bool concatenates = config.has("concatenate");
  return {.encoder = {.family = "vit",
                      .dim = config.integer("dim"),
                      .depth = config.integer("depth"),
                      .heads = config.integer("heads"),
                      .patch = config.integer("patch"),
                      .registers = config.integer("registers"),
                      .position_grid = config.integer("pos_grid"),
                      .layer_scale = config.number("layer_scale") != 0},
          .target_layers = config.integers("targets"),
          .encoder_groups = config.groups("groups"),
          .decoder_groups = decoder_groups(config, concatenates),
          .fusion = concatenates ? GroupFusion::kConcatenate : GroupFusion::kMean,
          .decoder_depth = config.integer("decoder_depth"),
          .decoder_heads = config.integer(config.has("decoder_heads") ? "decoder_heads" : "heads"),
          .attention = from_word(kAttentionWords, config.text("attention"), "attention"),
          .neighbour_mask = config.has("neighbour_mask") ? config.integer("neighbour_mask") : 0,
          .bottleneck_dropout = 0};
}

const at::Tensor& tensor_of(const TensorMap& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw Error("INVALID_INPUT", "The case has no tensor '" + name + "'");
  return found->second;
}

TensorMap with_prefix(const TensorMap& tensors, const std::string& prefix) {
  TensorMap found;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix)) found[name.substr(prefix.size())] = tensor;
  }
  return found;
}

TensorMap on_device(const TensorMap& tensors, at::Device device) {
  TensorMap moved;
  for (const auto& [name, tensor] : tensors) moved[name] = tensor.to(device);
  return moved;
}

}  // namespace dinomaly::parity
