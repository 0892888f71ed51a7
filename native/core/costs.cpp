#include "costs.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>

#include <cstring>

#include "meta_kernels.h"

namespace dinomaly {
namespace {

// Observers are plain functions: the count of the running thread is where they find it.
thread_local int64_t counted = 0;

std::unique_ptr<at::ObserverContext> count_operator(const at::RecordFunction& function) {
  const auto is = [&](const char* name) { return std::strcmp(function.name(), name) == 0; };
  const auto elements = [&] { return function.inputs()[0].toTensor().numel(); };
  if (is("aten::linear")) counted += elements() * function.inputs()[1].toTensor().size(0);
  if (is("aten::layer_norm")) counted += 2 * elements();
  if (is("aten::gelu") || is("aten::silu")) counted += elements();
  return nullptr;
}

// Counts the operators of this thread while it lives.
class OperatorCount {
 public:
  OperatorCount()
      : handle_(at::addThreadLocalCallback(
            at::RecordFunctionCallback(count_operator).needsInputs(true).scopes({at::RecordScope::FUNCTION}))) {
    counted = 0;
  }
  ~OperatorCount() { at::removeCallback(handle_); }
  OperatorCount(const OperatorCount&) = delete;
  OperatorCount& operator=(const OperatorCount&) = delete;

 private:
  at::CallbackHandle handle_;
};

}  // namespace

Costs count_costs(const Network& network, const Geometry& geometry) {
  validate(geometry, network.config().encoder);
  const at::NoGradGuard no_grad;
  Costs costs;
  Network outline(network);
  for (const NamedParameter& parameter : outline.parameters()) costs.parameters += parameter.tensor->numel();
  outline.to(at::kMeta, at::kFloat);
  const at::Tensor picture =
      at::empty({1, 3, geometry.crop_height, geometry.crop_width}, at::TensorOptions(at::kMeta).dtype(at::kFloat));
  const MetaKernels kernels;
  const OperatorCount count;
  outline.forward(picture, {});
  costs.macs = counted;
  return costs;
}

}  // namespace dinomaly
