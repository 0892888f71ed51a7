// Linear layers with bf16 and int8 products against the product in double.
#include "core/nn/cpu_linear.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>

#include "core/generator.h"
#include "core/nn/layer_norm.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

struct LayerShape {
  int64_t batch, tokens, in, out;
};

// Less than a block, a block and a bit, outputs that are no whole block of columns.
constexpr LayerShape kLayerShapes[] = {{1, 1, 4, 16}, {2, 37, 64, 64}, {1, 131, 96, 80}, {3, 70, 48, 208}};

at::Tensor normal(at::IntArrayRef sizes, uint64_t seed) {
  return at::empty(sizes).normal_(0, 1, make_generator(at::kCPU, seed));
}

Linear random_linear(const LayerShape& shape, bool feeds_products) {
  Linear linear(shape.in, shape.out);
  linear.weight = normal({shape.out, shape.in}, 1).div_(std::sqrt(static_cast<double>(shape.in)));
  linear.bias = normal({shape.out}, 2);
  linear.feeds_products = feeds_products;
  return linear;
}

at::Tensor exact_layer(const Linear& linear, const at::Tensor& x) {
  return at::linear(x.to(at::kDouble), linear.weight.to(at::kDouble), linear.bias.to(at::kDouble));
}

double layer_error(const at::Tensor& actual, const at::Tensor& expected) {
  const at::Tensor difference = actual.to(at::kDouble) - expected;
  return (difference.norm() / expected.norm()).item<double>();
}

struct RoundedKind {
  Products products;
  double tolerance;  // root mean square, of outputs of about 1
};

constexpr RoundedKind kRoundedKinds[] = {{Products::kBfloat16, 0.004}, {Products::kInt8, 0.015}};

// For the kinds of products that this processor has, inputs of both types and outputs of both.
template <typename Check>
void for_each_layer(const Check& check) {
  const at::NoGradGuard no_grad;
  int64_t cases = 0;
  for (const RoundedKind& kind : kRoundedKinds) {
    if (!has_cpu_products(kind.products)) continue;
    for (const LayerShape& shape : kLayerShapes) {
      for (const bool feeds_products : {false, true}) {
        const Linear linear = random_linear(shape, feeds_products);
        const auto packed = make_cpu_linear(linear, kind.products);
        for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
          const at::Tensor x = normal({shape.batch, shape.tokens, shape.in}, 3).to(type);
          check(linear, *packed, x, kind);
          ++cases;
        }
      }
    }
  }
  if (cases == 0) SKIP("this processor has neither BF16 nor VNNI");
}

TEST("a layer of rounded products is near the exact one, from fp32 and bf16 to fp32 and to what products take") {
  for_each_layer([](const Linear& linear, const PackedLinear& packed, const at::Tensor& x, const RoundedKind& kind) {
    const at::Tensor y = packed.apply(x);
    CHECK(y.scalar_type() == (linear.feeds_products ? cpu_operand_type() : at::kFloat));
    CHECK(layer_error(y, exact_layer(linear, x)) < kind.tolerance);
  });
}

TEST("GELU and a residual sum are part of the layer, and the sum stays fp32") {
  for_each_layer([](const Linear& linear, const PackedLinear& packed, const at::Tensor& x, const RoundedKind& kind) {
    const at::Tensor product = exact_layer(linear, x);
    CHECK(layer_error(packed.apply_gelu(x), at::gelu(product)) < kind.tolerance);
    const at::Tensor residual = normal(product.sizes(), 4).mul_(100);
    const at::Tensor sum = packed.apply_add(residual, x);
    CHECK(sum.scalar_type() == at::kFloat);
    CHECK(layer_error(sum - residual, product) < kind.tolerance);
    // One row for every token, as positions are.
    const at::Tensor row = residual.narrow(0, 0, 1).narrow(1, 0, 1);
    CHECK_CLOSE(packed.apply_add(row, x), packed.apply_add(row.expand(product.sizes()).contiguous(), x), 0.0);
  });
}

TEST("GELU is the exact one's to four digits wherever it bends, and x or 0 far out") {
  const at::NoGradGuard no_grad;
  if (!has_cpu_products(Products::kBfloat16)) SKIP("this processor has no BF16");
  Linear same(16, 16);
  same.weight = at::eye(16);
  const at::Tensor x = at::linspace(-20, 20, 16 * 4096).to(at::kBFloat16).view({1, 4096, 16});
  const at::Tensor wide = x.to(at::kDouble);
  CHECK_CLOSE(make_cpu_linear(same, Products::kBfloat16)->apply_gelu(x).to(at::kDouble), at::gelu(wide), 1e-4);
}

TEST("a token with one channel of a thousand keeps the others' tokens exact") {
  const at::NoGradGuard no_grad;
  if (!has_cpu_products(Products::kInt8)) SKIP("this processor has no VNNI");
  const Linear linear = random_linear(kLayerShapes[1], false);
  const auto packed = make_cpu_linear(linear, Products::kInt8);
  const at::Tensor x = normal({1, 37, 64}, 3);
  const at::Tensor before = packed->apply(x);
  at::Tensor loud = x.clone();
  loud[0][5][7] = 1000;
  const at::Tensor after = packed->apply(loud);
  for (int64_t token = 0; token < 37; ++token) {
    if (token != 5) CHECK(at::equal(before[0][token], after[0][token]));
  }
}

TEST("layer normalisation equals its formula for every width, of rows far from 0 and of equal numbers too") {
  const at::NoGradGuard no_grad;
  for (const int64_t width : {1, 15, 16, 48, 391}) {
    LayerNorm norm(width, 1e-6);
    norm.weight = normal({width}, 1);
    norm.bias = normal({width}, 2);
    for (const double offset : {0.0, 100.0}) {
      const at::Tensor x = normal({2, 70, width}, 3).add_(offset);
      const at::Tensor expected =
          at::layer_norm(x.to(at::kDouble), {width}, norm.weight.to(at::kDouble), norm.bias.to(at::kDouble), norm.eps);
      CHECK_CLOSE(norm(x), expected.to(at::kFloat), offset == 0 ? 1e-6 : 1e-4);
    }
    CHECK_CLOSE(norm(at::full({3, width}, 7.0)), norm.bias.expand({3, width}), 1e-6);
    CHECK(!norm(at::full({3, width}, NAN)).isfinite().any().item<bool>());
  }
}

TEST("what is not finite in a token makes all of that token not finite, and no other") {
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for_each_layer([&](const Linear&, const PackedLinear& packed, const at::Tensor& x, const RoundedKind&) {
      at::Tensor damaged = x.clone();
      damaged[0][0][2] = value;
      const at::Tensor finite = packed.apply(damaged).isfinite();
      CHECK(!finite[0][0].any().item<bool>());
      CHECK(finite.sum().item<int64_t>() == finite.numel() - finite.size(2));
    });
  }
}

TEST("tokens of zeros give the bias, and a layer without one gives zeros") {
  for_each_layer([](const Linear& linear, const PackedLinear& packed, const at::Tensor& x, const RoundedKind& kind) {
    const at::Tensor y = packed.apply(at::zeros_like(x));
    CHECK_CLOSE(y[0][0], linear.bias.to(y.scalar_type()), 0.0);
    Linear bare = linear;
    bare.bias = at::Tensor();
    CHECK(make_cpu_linear(bare, kind.products)->apply(at::zeros_like(x)).count_nonzero().item<int64_t>() == 0);
  });
}

}  // namespace
}  // namespace dinomaly::test
