#include "model_file.h"

#include <ATen/ATen.h>

#include "weights/match.h"
#include "weights/name_rules.h"
#include "weights/safetensors.h"
#include "weights/weights_file.h"

namespace dinomaly {

Network read_model(const std::string& path, const ModelConfig& config) {
  Network network(config);
  assign_weights(network.parameters(), read_weights(path, nullptr), path,
                 encoder_match_rules(config.encoder.family, "encoder."));
  return network;
}

TensorMap model_tensors(Network& network) {
  TensorMap tensors;
  for (const NamedParameter& parameter : network.parameters()) {
    tensors[parameter.name] = parameter.tensor->detach().to(at::kCPU, at::kFloat).contiguous();
  }
  return tensors;
}

void write_model(const std::string& path, Network& network, const Metadata& metadata) {
  write_safetensors(path, model_tensors(network), metadata);
}

}  // namespace dinomaly
