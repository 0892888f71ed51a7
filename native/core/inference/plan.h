// Execution plans: eval-only ways of running the same weights. A plan is built once from a network and then only run;
// all plans give the same results within the rounding of their precision.
#pragma once

#include <memory>

#include "../dinomaly.h"

namespace dinomaly {

// Of the products; sums, normalisation and what runs through the network are fp32 on the CPU.
enum class Precision {
  kFloat32,
  kBfloat16,
  kInt8,  // on the CPU: linear layers by 8-bit numbers, attention as in bf16
};

// Whether a device has instructions for products of this precision. A GPU that is not there has none.
bool supports(at::Device device, Precision precision);

class Plan {
 public:
  virtual ~Plan() = default;
  // images fp32 [B, 3, H, W], normalised, on the plan's device.
  virtual GroupFeatures run(const at::Tensor& images, const StopToken& stop) const = 0;
  // As Network::all_features.
  virtual PassFeatures features(const at::Tensor& images, const StopToken& stop) const = 0;
  // As Network::decoder_attention.
  virtual std::vector<at::Tensor> attention(const at::Tensor& images, int64_t query, const StopToken& stop) const = 0;
};

// The fastest plan for the device. Of a network that is moved in, each weight is let go of as soon as the plan has its
// own; of a copy the tensors are shared where no conversion is needed.
std::unique_ptr<Plan> make_plan(Network network, at::Device device, Precision precision);

}  // namespace dinomaly
