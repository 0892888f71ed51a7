#include "packed_linear.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <optional>

#include "../nn/cpu_linear.h"
#include "layer_store.h"

namespace dinomaly {
namespace {

std::optional<c10::OperatorHandle> find_operator(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchema({name, overload});
}

at::Tensor call(const c10::OperatorHandle& handle, torch::jit::Stack stack) {
  handle.callBoxed(&stack);
  return stack.front().toTensor();
}

class OneDnnLinear final : public PackedLinear {
 public:
  OneDnnLinear(const at::Tensor& weight, const at::Tensor& bias)
      : bias_(bias),
        pointwise_(find_operator("mkldnn::_linear_pointwise").value()),
        binary_(find_operator("mkldnn::_linear_pointwise", "binary").value()) {
    const auto reorder = find_operator("mkldnn::_reorder_linear_weight").value();
    weight_ = call(reorder, {weight.contiguous(), c10::IValue()});
    bytes_ = static_cast<int64_t>(weight.nbytes() + (bias.defined() ? bias.nbytes() : 0));
  }

  at::Tensor apply(const at::Tensor& x) const override { return run(x, "none", c10::IValue()); }
  at::Tensor apply_gelu(const at::Tensor& x) const override { return run(x, "gelu", c10::IValue("none")); }
  at::Tensor apply_add(const at::Tensor& residual, const at::Tensor& x) const override {
    return call(binary_, {operand(x), residual, weight_, bias_, c10::IValue("add")});
  }
  int64_t bytes() const override { return bytes_; }

 private:
  at::Tensor run(const at::Tensor& x, const char* epilogue, const c10::IValue& algorithm) const {
    // The schema wants Scalar?[]; none of these epilogues takes one.
    const c10::impl::GenericList scalars(c10::OptionalType::create(c10::NumberType::get()));
    return call(pointwise_, {operand(x), weight_, bias_, c10::IValue(epilogue), scalars, algorithm});
  }

  // In a rounded plan a layer before this one may give bf16.
  static at::Tensor operand(const at::Tensor& x) { return x.to(at::kFloat); }

  at::Tensor weight_, bias_;
  int64_t bytes_ = 0;
  c10::OperatorHandle pointwise_, binary_;
};

bool has_onednn_linear() {
  return at::globalContext().userEnabledMkldnn() && at::Context::hasMKLDNN() &&
         find_operator("mkldnn::_linear_pointwise") && find_operator("mkldnn::_linear_pointwise", "binary") &&
         find_operator("mkldnn::_reorder_linear_weight");
}

// As coarse as the layer may be, and the processor is.
std::optional<Products> products_of(const Linear& linear, Precision precision) {
  if (linear.rounding == Rounding::kNone || precision == Precision::kFloat32 || !fits_cpu_linear(linear)) return {};
  const bool coarse = precision == Precision::kInt8 && linear.rounding == Rounding::kAny;
  const Products products = coarse ? Products::kInt8 : Products::kBfloat16;
  return has_cpu_products(products) ? std::optional(products) : std::nullopt;
}

std::shared_ptr<const PackedLinear> packed(const Linear& linear, std::optional<Products> products) {
  if (products) return make_cpu_linear(linear, *products);
  static const bool onednn = has_onednn_linear();
  return onednn ? std::make_shared<OneDnnLinear>(linear.weight.flatten(1), linear.bias) : nullptr;
}

}  // namespace

int64_t pack(Linear& linear, Precision precision) {
  const std::optional<Products> products = products_of(linear, precision);
  const uint64_t kind = (products ? 1 + static_cast<uint64_t>(*products) : 0) << 1 | uint64_t{linear.feeds_products};
  linear.packed = shared_layer(linear, kind, [&] { return packed(linear, products); });
  if (!linear.packed) return 0;
  linear.weight = at::Tensor();
  linear.bias = at::Tensor();
  return linear.packed->bytes();
}

}  // namespace dinomaly
