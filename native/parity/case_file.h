// A folder of parity cases: the configuration beside each file of tensors, as test/fixtures/make_cases.py writes it.
// What a check asks for and a case lacks is an error that names it: nothing passes because it is not there.
#pragma once

#include <c10/core/Device.h>

#include <map>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/weights/tensor_map.h"

namespace dinomaly::parity {

// A JSON document flattened to its numbers and texts: {"easy": {"final": 0.9}} gives "easy.final"; list items are
// numbered from 0.
class CaseConfig {
 public:
  // Throws Error FILE_READ or INVALID_INPUT naming the file.
  explicit CaseConfig(const std::string& path);

  bool has(const std::string& key) const { return numbers_.contains(key) || texts_.contains(key); }
  double number(const std::string& key) const;
  int64_t integer(const std::string& key) const { return static_cast<int64_t>(number(key)); }
  std::string text(const std::string& key) const;
  std::vector<int64_t> integers(const std::string& key) const;
  std::vector<std::vector<int64_t>> groups(const std::string& key) const;
  // Of the document itself, in the file's order, whatever they hold.
  const std::vector<std::string>& members() const { return members_; }

 private:
  friend class Flattener;
  std::string path_;
  std::vector<std::string> members_;
  std::map<std::string, double> numbers_;
  std::map<std::string, std::string> texts_;
};

bool exists(const std::string& path);

ModelConfig to_model_config(const CaseConfig& config);

// Throws Error INVALID_INPUT naming the tensor.
const at::Tensor& tensor_of(const TensorMap& tensors, const std::string& name);

// Those whose name starts with `prefix`, without it.
TensorMap with_prefix(const TensorMap& tensors, const std::string& prefix);

// The tensors on `device`.
TensorMap on_device(const TensorMap& tensors, at::Device device);

}  // namespace dinomaly::parity
