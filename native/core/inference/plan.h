// Execution plans: eval-only ways of running the same weights. A plan is built once from a network, for one geometry,
// and then only run; all plans give the same results within the rounding of their precision. What follows from the
// geometry alone is made with the plan: positions, the masks of attention, the way from distances to maps.
#pragma once

#include <array>
#include <memory>

#include "../anomaly_map.h"
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

// What a pass makes of pictures; fp32 on the plan's device.
struct Scores {
  at::Tensor maps;           // [B, map height, map width]
  at::Tensor scores;         // [B]
  at::Tensor floors, peaks;  // [B], as in HottestPixels
  at::Tensor features;       // [B, F]: what the picture shows as a whole, as picture_features() gives it
};

inline constexpr std::array kScoreColumns = {&Scores::maps, &Scores::scores, &Scores::floors, &Scores::peaks,
                                             &Scores::features};

class Plan {
 public:
  virtual ~Plan() = default;

  // pixels uint8 [B, crop height, crop width, 3], B at most max_batch(), in host memory or on the device.
  virtual Scores run(const at::Tensor& pixels, const StopToken& stop) const = 0;
  // As Network::all_features.
  virtual PassFeatures features(const at::Tensor& pixels, const StopToken& stop) const = 0;
  // As Network::decoder_attention.
  virtual std::vector<at::Tensor> attention(const at::Tensor& pixels, int64_t query, const StopToken& stop) const = 0;
  // What run() compares. images fp32 [B, 3, crop height, crop width], normalised, on the plan's device.
  virtual GroupFeatures compared(const at::Tensor& images, const StopToken& stop) const = 0;

  // The patches that the crops are cut into.
  virtual PatchGrid grid() const = 0;
  // Most pictures of a pass.
  virtual int64_t max_batch() const = 0;
  // Of the weights as the plan holds them.
  virtual int64_t weight_bytes() const = 0;
};

// The fastest plan for the device. Tensors of the network are shared where no conversion is needed, and freed one by
// one where the plan is their last owner. Throws INVALID_CONFIG when the geometry does not fit the network.
std::unique_ptr<Plan> make_plan(Network network, const Geometry& geometry, at::Device device, Precision precision);

}  // namespace dinomaly
