// Models of one encoder hold its packed layers once.
#include "core/inference/layer_store.h"

#include <ATen/ATen.h>

#include "core/generator.h"
#include "core/inference/packed_linear.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

Linear seeded_layer(int64_t in = 64, int64_t out = 96) {
  Linear linear(in, out);
  linear.weight = at::empty({out, in}).normal_(0, 1, make_generator(at::kCPU, 7));
  linear.bias = at::empty({out}).normal_(0, 1, make_generator(at::kCPU, 8));
  return linear;
}

std::shared_ptr<const PackedLinear> packed_layer(Linear linear, Precision precision = Precision::kFloat32) {
  pack(linear, precision);
  return linear.packed;
}

TEST("layers of equal weights are one in memory as long as somebody holds it") {
  auto first = packed_layer(seeded_layer());
  if (!first) SKIP("libtorch without oneDNN packs no layers");
  auto second = packed_layer(seeded_layer());
  CHECK(first == second);
  const std::weak_ptr<const PackedLinear> watched = first;
  first.reset();
  CHECK(!watched.expired());
  CHECK(packed_layer(seeded_layer()) == second);
  second.reset();
  CHECK(watched.expired());
}

TEST("a layer is another one when a bit of its weights or its bias, their order, its use or its precision is another") {
  const auto layer = packed_layer(seeded_layer());
  if (!layer) SKIP("libtorch without oneDNN packs no layers");
  for (const int64_t at : {0, 1, 30, 31, 63, 64 * 96 - 1}) {
    Linear other = seeded_layer();
    other.weight.view(-1)[at].nextafter_(at::full({}, 9.0F, at::kFloat));
    CHECK(packed_layer(other) != layer);
  }
  Linear biased = seeded_layer();
  biased.bias[95].nextafter_(at::full({}, 9.0F, at::kFloat));
  CHECK(packed_layer(biased) != layer);
  Linear turned = seeded_layer();
  turned.weight = turned.weight.roll({1}, {0});
  CHECK(packed_layer(turned) != layer);
  CHECK(packed_layer(seeded_layer().feeding_products()) != layer);
  Linear exact = seeded_layer();
  exact.rounding = Rounding::kNone;
  CHECK(packed_layer(exact) == layer);
  if (!supports(at::kCPU, Precision::kBfloat16)) return;
  CHECK(packed_layer(exact, Precision::kBfloat16) == layer);
  CHECK(packed_layer(seeded_layer(), Precision::kBfloat16) != layer);
}

}  // namespace
}  // namespace dinomaly::test
