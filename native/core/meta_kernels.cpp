#include "meta_kernels.h"

#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>

namespace dinomaly {
namespace {

at::Tensor select_indices(const at::Tensor& self, int64_t dim, const at::Tensor& index) {
  std::vector<int64_t> shape = self.sizes().vec();
  shape[c10::maybe_wrap_dim(dim, self.dim())] = index.numel();
  return at::empty(shape, self.options());
}

using ThreeTensors = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

ThreeTensors layer_norm(const at::Tensor& input, c10::SymIntArrayRef shape, const std::optional<at::Tensor>& /*weight*/,
                        const std::optional<at::Tensor>& /*bias*/, double /*eps*/) {
  std::vector<int64_t> rows = input.sizes().vec();
  std::fill(rows.end() - static_cast<std::ptrdiff_t>(shape.size()), rows.end(), 1);
  const at::TensorOptions options = input.options();
  return {at::empty(input.sizes(), options), at::empty(rows, options), at::empty(rows, options)};
}

at::Tensor attend(const at::Tensor& query, const at::Tensor& /*key*/, const at::Tensor& value,
                  const std::optional<at::Tensor>& /*mask*/, double /*dropout*/, bool /*is_causal*/,
                  std::optional<double> /*scale*/, bool /*enable_gqa*/) {
  std::vector<int64_t> shape = query.sizes().vec();
  shape.back() = value.size(-1);
  return at::empty(shape, query.options());
}

// [B, C, H, W] -> [B, C * kernel pixels, places of the kernel]
at::Tensor im2col(const at::Tensor& self, at::IntArrayRef kernel, at::IntArrayRef dilation, at::IntArrayRef padding,
                  at::IntArrayRef stride) {
  int64_t places = 1;
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t reach = dilation[axis] * (kernel[axis] - 1) + 1;
    places *= (self.size(static_cast<int64_t>(axis) + 2) + 2 * padding[axis] - reach) / stride[axis] + 1;
  }
  return at::empty({self.size(0), self.size(1) * kernel[0] * kernel[1], places}, self.options());
}

bool is_missing(const char* name) {
  const auto found = c10::Dispatcher::singleton().findSchema({name, ""});
  return found && !found->hasKernelForDispatchKey(c10::DispatchKey::Meta);
}

}  // namespace

MetaKernels::MetaKernels()
    : library_(std::make_unique<torch::Library>(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, "dinomaly", 0)) {
  if (is_missing("aten::native_layer_norm")) library_->impl("native_layer_norm", TORCH_FN(layer_norm));
  if (is_missing("aten::scaled_dot_product_attention")) {
    library_->impl("scaled_dot_product_attention", TORCH_FN(attend));
  }
  if (is_missing("aten::im2col")) library_->impl("im2col", TORCH_FN(im2col));
  if (is_missing("aten::index_select")) library_->impl("index_select", TORCH_FN(select_indices));
}

MetaKernels::~MetaKernels() = default;

}  // namespace dinomaly
