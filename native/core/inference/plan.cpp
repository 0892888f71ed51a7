#include "plan.h"

#include <ATen/ATen.h>
#include <ATen/SDPBackend.h>
#include <ATen/core/grad_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "../nn/cpu_linear.h"
#include "../picture_features.h"
#include "../preprocess.h"
#include "graph_plan.h"
#include "packed_linear.h"

namespace dinomaly {
namespace {

// On the CPU products gain next to nothing by further rows, and may round otherwise: one picture a pass, so that its
// numbers do not depend on which others wait.
constexpr int64_t kCpuBatch = 1;
constexpr int64_t kGpuBatch = 64;

// The network as it is: on the CPU fp32 with its linears packed for the precision, on a GPU in the type of the
// precision.
class NetworkPlan final : public Plan {
 public:
  NetworkPlan(Network network, const Geometry& geometry, at::Device device, Precision precision)
      : network_(std::move(network)),
        geometry_((validate(geometry, network_.config().encoder), geometry)),
        device_(device),
        type_(!device.is_cpu() && precision == Precision::kBfloat16 ? at::kBFloat16 : at::kFloat),
        grid_(network_.grid_of(geometry)),
        normalisation_(device),
        projection_(geometry, grid_, device) {
    const at::NoGradGuard no_grad;
    network_.keep_what_runs();
    network_.to(device, at::kFloat);
    network_.fix_grid(grid_, type_);
    network_.fold_scales();
    if (device.is_cpu()) {
      for (Linear* linear : network_.linears()) weight_bytes_ += pack(*linear, precision);
    } else if (type_ != at::kFloat) {
      // LayerNorm without weights is one kernel in bf16, where fp32 weights beside it make three.
      network_.fold_norms();
      network_.round_products(type_);
    }
    for (const NamedParameter& parameter : network_.parameters()) {
      if (parameter.tensor->defined()) weight_bytes_ += static_cast<int64_t>(parameter.tensor->nbytes());
    }
  }

  Scores run(const at::Tensor& pixels, const StopToken& stop) const override {
    const at::NoGradGuard no_grad;
    const GroupFeatures features = network_.forward(input(pixels), stop);
    stop.check();
    const at::Tensor maps = anomaly_maps(distance_maps(features, grid_), projection_);
    const HottestPixels hottest = hottest_pixels(maps, geometry_.score_ratio);
    return {.maps = maps,
            .scores = hottest.scores,
            .floors = hottest.floors,
            .peaks = hottest.peaks,
            .features = picture_features(features.encoder)};
  }

  PassFeatures features(const at::Tensor& pixels, const StopToken& stop) const override {
    const at::NoGradGuard no_grad;
    return network_.all_features(input(pixels), stop);
  }

  std::vector<at::Tensor> attention(const at::Tensor& pixels, int64_t query, const StopToken& stop) const override {
    const at::NoGradGuard no_grad;
    return network_.decoder_attention(input(pixels), query, stop);
  }

  GroupFeatures compared(const at::Tensor& images, const StopToken& stop) const override {
    const at::NoGradGuard no_grad;
    return network_.forward(images.to(type_), stop);
  }

  PatchGrid grid() const override { return grid_; }
  int64_t max_batch() const override { return device_.is_cpu() ? kCpuBatch : kGpuBatch; }
  int64_t weight_bytes() const override { return weight_bytes_; }

 private:
  at::Tensor input(const at::Tensor& pixels) const { return normalisation_(pixels).to(type_); }

  Network network_;
  Geometry geometry_;
  at::Device device_;
  at::ScalarType type_;
  PatchGrid grid_;
  Normalisation normalisation_;
  MapProjection projection_;
  int64_t weight_bytes_ = 0;
};

// On GPUs from Hopper on cuDNN's attention takes about half the time of the others. The order is the process's.
void prefer_cudnn_attention(const CudaLibrary& library, at::Device device) {
  constexpr int kHopper = 90;
  if (library.compute_capability(device) < kHopper) return;
  using enum at::SDPBackend;
  std::vector<int64_t> order;
  for (const at::SDPBackend one : {cudnn_attention, flash_attention, efficient_attention, math, overrideable}) {
    order.push_back(static_cast<int64_t>(one));
  }
  at::globalContext().setSDPPriorityOrder(order);
}

}  // namespace

bool supports(at::Device device, Precision precision) {
  if (precision == Precision::kFloat32) return true;
  if (device.is_cpu()) return has_cpu_products(precision == Precision::kInt8 ? Products::kInt8 : Products::kBfloat16);
  // Named after one use of them; it asks for what all have in common, compute capability 8.
  return precision == Precision::kBfloat16 && at::hasCUDA() &&
         at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
}

std::unique_ptr<Plan> make_plan(Network network, const Geometry& geometry, at::Device device, Precision precision) {
  auto plan = std::make_unique<NetworkPlan>(std::move(network), geometry, device, precision);
  const CudaLibrary* const library = device.is_cpu() ? nullptr : cuda_library();
  if (library == nullptr) return plan;
  prefer_cudnn_attention(*library, device);
  return make_graph_plan(std::move(plan), library->make_recorder(), geometry, device);
}

}  // namespace dinomaly
