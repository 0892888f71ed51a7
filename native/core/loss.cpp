#include "loss.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace dinomaly {
namespace {

constexpr double kCosineEps = 1e-8;

// [B, P, C] x2 -> bool [B, P, 1]: points whose distance is below the batch's threshold.
at::Tensor easy_points(const at::Tensor& encoder, const at::Tensor& decoder, double easy_fraction) {
  const at::NoGradGuard no_grad;
  const at::Tensor distance = 1 - at::cosine_similarity(encoder, decoder, -1, kCosineEps);
  const auto count = static_cast<int64_t>(static_cast<double>(distance.numel()) * (1.0 - easy_fraction));
  const at::Tensor threshold = std::get<0>(distance.flatten().topk(std::max<int64_t>(1, count))).min();
  return distance.lt(threshold).unsqueeze(-1);
}

}  // namespace

at::Tensor loose_loss(const std::vector<at::Tensor>& encoder, const std::vector<at::Tensor>& decoder,
                      double easy_fraction, double easy_factor) {
  at::Tensor total;
  for (size_t g = 0; g < encoder.size(); ++g) {
    const at::Tensor target = encoder[g].detach();
    const at::Tensor easy = easy_points(target, decoder[g], easy_fraction);
    const at::Tensor distance =
        (1 - at::cosine_similarity(target.flatten(1), decoder[g].flatten(1), -1, kCosineEps)).mean();
    if (decoder[g].requires_grad()) {
      decoder[g].register_hook(
          [easy, easy_factor](const at::Tensor& grad) { return at::where(easy, grad * easy_factor, grad); });
    }
    total = total.defined() ? total + distance : distance;
  }
  return total / static_cast<double>(encoder.size());
}

double easy_fraction_at(int64_t step, double final_fraction, int64_t ramp_steps) {
  if (ramp_steps <= 0) return final_fraction;
  return std::min(final_fraction * static_cast<double>(step) / static_cast<double>(ramp_steps), final_fraction);
}

}  // namespace dinomaly
