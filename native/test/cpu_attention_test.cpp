// Attention kernels of the CPU against the formulas, in double.
#include "core/nn/cpu_attention.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <memory>

#include "core/generator.h"
#include "core/nn/attention.h"
#include "core/nn/cpu_vectors.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

constexpr int64_t kHeads = 3;

struct Shape {
  int64_t batch, tokens, width;
};

// One block of queries and more, odd and even numbers of tokens, heads of no whole vector.
constexpr Shape kShapes[] = {{1, 1, 2}, {2, 17, 8}, {1, 64, 64}, {3, 65, 24}, {1, 197, 96}, {2, 130, 64}};

at::Tensor random_projection(const Shape& shape, at::ScalarType type, double deviation = 1) {
  const auto generator = make_generator(at::kCPU, 5);
  return at::empty({shape.batch, shape.tokens, 3 * kHeads * shape.width}).normal_(0, deviation, generator).to(type);
}

// q, k, v [B, H, N, D] in double.
std::vector<at::Tensor> exact_parts(const at::Tensor& projected) {
  const int64_t width = projected.size(2) / (3 * kHeads);
  return projected.to(at::kDouble)
      .view({projected.size(0), projected.size(1), 3, kHeads, width})
      .permute({2, 0, 3, 1, 4})
      .unbind(0);
}

at::Tensor exact_softmax(const at::Tensor& projected) {
  const auto parts = exact_parts(projected);
  const double scale = 1 / std::sqrt(static_cast<double>(parts[0].size(-1)));
  const at::Tensor weights = (at::matmul(parts[0], parts[1].transpose(-2, -1)) * scale).softmax(-1);
  return at::matmul(weights, parts[2]).transpose(1, 2).flatten(2).to(at::kFloat);
}

at::Tensor exact_linear(const at::Tensor& projected) {
  const auto parts = exact_parts(projected);
  const auto phi = [](const at::Tensor& x) { return at::where(x > 0, x + 1, x.exp()); };
  const at::Tensor weights = at::matmul(phi(parts[0]), phi(parts[1]).transpose(-2, -1));
  const at::Tensor mass = weights.sum(-1, true).clamp_min(kAttentionFloor);
  return (at::matmul(weights, parts[2]) / mass).transpose(1, 2).flatten(2).to(at::kFloat);
}

// Runs for the types that this processor has a kernel for.
template <typename Check>
void for_each_case(double deviation, const Check& check) {
  const at::NoGradGuard no_grad;
  int64_t cases = 0;
  for (const Shape& shape : kShapes) {
    for (at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      const at::Tensor projected = random_projection(shape, type, deviation);
      if (!has_cpu_attention(projected, kHeads)) continue;
      check(projected, type == at::kFloat ? 1e-5 : 0.01);
      ++cases;
    }
  }
  if (cases == 0) SKIP("this processor has no AVX-512");
}

TEST("the CPU's softmax attention equals its definition for every number of tokens and width of heads") {
  for (double deviation : {1.0, 3.0}) {
    for_each_case(deviation, [](const at::Tensor& projected, double tolerance) {
      CHECK_CLOSE(cpu_softmax_attention(projected, kHeads).to(at::kFloat), exact_softmax(projected), tolerance);
    });
  }
}

TEST("the CPU's softmax attention turns queries and keys, and adds relative positions, as the formulas do") {
  constexpr int64_t kHeight = 9, kWidth = 7, kChannels = 32, kPrefix = 1;
  constexpr Shape kShape{2, kPrefix + kHeight * kWidth, kChannels};
  const at::Tensor table =
      at::empty({(2 * kHeight - 1) * (2 * kWidth - 1) + 3, kHeads}).normal_(0, 2, make_generator(at::kCPU, 9));
  const Positions turned{.rotary = Rotary::of_grid(kHeight, kWidth, kChannels, at::kCPU), .relative = {}};
  const Positions relative{.rotary = {}, .relative = std::make_shared<RelativePositions>(table, kHeight, kWidth)};
  const at::NoGradGuard no_grad;
  int64_t cases = 0;
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const at::Tensor projected = random_projection(kShape, type);
    if (!has_cpu_attention(projected, kHeads)) continue;
    ++cases;
    const double tolerance = type == at::kFloat ? 1e-5 : 0.02;
    std::vector<at::Tensor> parts = exact_parts(projected);
    for (const Positions* positions : {&turned, &relative}) {
      at::Tensor q = parts[0], k = parts[1];
      if (positions->rotary) {
        q = positions->rotary->turn(q.to(at::kFloat)).to(at::kDouble);
        k = positions->rotary->turn(k.to(at::kFloat)).to(at::kDouble);
      }
      at::Tensor logits = at::matmul(q, k.transpose(-2, -1)) / std::sqrt(static_cast<double>(kChannels));
      if (positions->relative) logits = logits + positions->relative->bias(at::kFloat).to(at::kDouble);
      const at::Tensor expected = at::matmul(logits.softmax(-1), parts[2]).transpose(1, 2).flatten(2).to(at::kFloat);
      CHECK_CLOSE(cpu_softmax_attention(projected, kHeads, *positions).to(at::kFloat), expected, tolerance);
    }
  }
  if (cases == 0) SKIP("this processor has no AVX-512");
}

TEST("the CPU's linear attention equals its definition for every number of tokens and width of heads") {
  for (double deviation : {1.0, 3.0}) {
    for_each_case(deviation, [](const at::Tensor& projected, double tolerance) {
      CHECK_CLOSE(cpu_linear_attention(projected, kHeads).to(at::kFloat), exact_linear(projected), tolerance);
    });
  }
}

TEST("the CPU's attention of a picture does not depend on the pictures beside it") {
  for_each_case(1, [](const at::Tensor& projected, double) {
    for (int64_t b = 0; b < projected.size(0); ++b) {
      const at::Tensor alone = projected.narrow(0, b, 1).contiguous();
      CHECK(at::equal(cpu_softmax_attention(projected, kHeads).narrow(0, b, 1), cpu_softmax_attention(alone, kHeads)));
      CHECK(at::equal(cpu_linear_attention(projected, kHeads).narrow(0, b, 1), cpu_linear_attention(alone, kHeads)));
    }
  });
}

TEST("the CPU's attention keeps very large logits, and passes NaN on") {
  const at::NoGradGuard no_grad;
  at::Tensor projected = random_projection({1, 40, 16}, at::kFloat, 300);
  if (!has_cpu_attention(projected, kHeads)) SKIP("this processor has no AVX-512");
  CHECK_CLOSE(cpu_softmax_attention(projected, kHeads), exact_softmax(projected), 1e-3);
  CHECK(cpu_linear_attention(at::full_like(projected, -200), kHeads).eq(0).all().item<bool>());
  projected[0][7][3] = std::numeric_limits<float>::quiet_NaN();
  CHECK(cpu_softmax_attention(projected, kHeads)[0][7].slice(0, 0, 16).isnan().all().item<bool>());
  CHECK(cpu_linear_attention(projected, kHeads)[0][7].slice(0, 0, 16).isnan().all().item<bool>());
}

#if defined(__x86_64__)
TEST("the CPU's exponentials are exact to 3e-7 of each, and 0 where a float has no room") {
  if (!vectors::supported()) SKIP("this processor has no AVX-512");
  constexpr int64_t kCount = 1001;
  std::vector<float> x(kCount), out(kCount + 3, -1);
  for (int64_t i = 0; i < kCount; ++i) x[i] = 40 - 0.1F * static_cast<float>(i);
  const float sum = vectors::exponentials(x.data(), kCount, 0.8F, out.data(), kCount + 3);
  double expected_sum = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    const double expected = std::exp(static_cast<double>((x[i] - x[0]) * 0.8F));
    expected_sum += expected;
    CHECK(std::abs(out[i] - expected) <= 3e-7 * expected);
  }
  CHECK(std::abs(sum - expected_sum) <= 1e-6 * expected_sum);
  CHECK(out[kCount] == 0 && out[kCount + 2] == 0);
  const float far[] = {0, -200, -1e30F};
  vectors::exponentials(far, 3, 1, out.data(), 3);
  CHECK(out[0] == 1 && out[1] == 0 && out[2] == 0);
}
#endif

TEST("attention takes the CPU's kernel where no gradients are recorded, and gives the same with them") {
  const at::Tensor projected = random_projection({2, 50, 16}, at::kFloat);
  CHECK(!has_cpu_attention(projected, kHeads));
  const at::Tensor softmax = projected_softmax_attention(projected, kHeads);
  const at::Tensor linear = projected_linear_attention(projected, kHeads);
  const at::NoGradGuard no_grad;
  CHECK(!has_cpu_attention(projected.transpose(0, 1), kHeads));
  CHECK_CLOSE(projected_softmax_attention(projected, kHeads), softmax, 1e-5);
  CHECK_CLOSE(projected_linear_attention(projected, kHeads), linear, 1e-5);
}

}  // namespace
}  // namespace dinomaly::test
