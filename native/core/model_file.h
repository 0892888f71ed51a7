// A whole Dinomaly in a file: our safetensors model file, or the authors' checkpoint.
#pragma once

#include <string>

#include "dinomaly.h"
#include "weights/tensor_map.h"

namespace dinomaly {

// Throws FILE_READ, WEIGHTS_FORMAT, WEIGHTS_MISMATCH, WEIGHTS_NOT_FINITE, INVALID_CONFIG.
Network read_model(const std::string& path, const ModelConfig& config);

// What write_model writes: every tensor in fp32 on the CPU, under the authors' names. Shares memory with the network
// where it is of that kind.
TensorMap model_tensors(Network& network);

// Every tensor in fp32 under the authors' names, atomically. Throws FILE_WRITE; a previous file is then whole.
void write_model(const std::string& path, Network& network, const Metadata& metadata);

}  // namespace dinomaly
