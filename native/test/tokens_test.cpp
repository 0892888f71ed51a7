// What is summed over tokens, against its formula.
#include "core/nn/tokens.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>

#include "core/generator.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

TEST("means and cosine distances of tokens are those of their formulas for any width, in views too") {
  const at::NoGradGuard no_grad;
  const at::Generator draws = make_generator(at::kCPU, 4);
  for (const int64_t width : {1, 5, 16, 37, 64, 384}) {
    std::vector<at::Tensor> tokens;
    for (int i = 0; i < 3; ++i) tokens.push_back(at::empty({2, 9, width}).normal_(0.5, 1, draws));
    tokens[1][0][4].zero_();
    const at::Tensor exact = (tokens[0] + tokens[1] + tokens[2]).to(at::kDouble) / 3;
    CHECK_CLOSE(mean_of(tokens).to(at::kDouble), exact, 1e-6);
    CHECK(mean_of({tokens[0]}).equal(tokens[0]));
    // The patches among other tokens.
    const at::Tensor a = tokens[0].narrow(1, 2, 7), b = tokens[1].narrow(1, 2, 7);
    const at::Tensor cosine = at::cosine_similarity(a.to(at::kDouble), b.to(at::kDouble), -1, 1e-8);
    CHECK_CLOSE(cosine_distances(a, b).to(at::kDouble), 1 - cosine, 0, 1e-6);
  }
}

TEST("a token that is not a number has no distance") {
  const at::NoGradGuard no_grad;
  at::Tensor a = at::ones({1, 3, 20}), b = at::ones({1, 3, 20});
  a[0][1][19] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor distances = cosine_distances(a, b);
  CHECK(distances[0][1].isnan().item<bool>());
  CHECK_CLOSE(distances[0][2], at::zeros({}), 0, 1e-6);
}

}  // namespace
}  // namespace dinomaly::test
