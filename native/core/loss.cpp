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

// Mean over the groups of `distance(encoder group, decoder group)`.
template <typename Distance>
at::Tensor mean_over_groups(const Features& encoder, const Features& decoder, Distance distance) {
  at::Tensor total;
  for (size_t g = 0; g < encoder.size(); ++g) {
    const at::Tensor own = distance(encoder[g].detach(), decoder[g]);
    total = total.defined() ? total + own : own;
  }
  return total / static_cast<double>(encoder.size());
}

}  // namespace

at::Tensor global_cosine_loss(const Features& encoder, const Features& decoder) {
  return mean_over_groups(encoder, decoder, [](const at::Tensor& target, const at::Tensor& output) {
    return (1 - at::cosine_similarity(target.flatten(1), output.flatten(1), -1, kCosineEps)).mean();
  });
}

at::Tensor per_point_loss(const Features& encoder, const Features& decoder) {
  return mean_over_groups(encoder, decoder, [](const at::Tensor& target, const at::Tensor& output) {
    return (1 - at::cosine_similarity(target, output, -1, kCosineEps)).mean();
  });
}

void shrink_easy_gradients(const Features& encoder, const Features& decoder, double easy_fraction, double easy_factor) {
  for (size_t g = 0; g < encoder.size(); ++g) {
    if (!decoder[g].requires_grad()) continue;
    const at::Tensor easy = easy_points(encoder[g], decoder[g], easy_fraction);
    decoder[g].register_hook(
        [easy, easy_factor](const at::Tensor& grad) { return at::where(easy, grad * easy_factor, grad); });
  }
}

at::Tensor loose_loss(const Features& encoder, const Features& decoder, double easy_fraction, double easy_factor) {
  shrink_easy_gradients(encoder, decoder, easy_fraction, easy_factor);
  return global_cosine_loss(encoder, decoder);
}

at::Tensor training_loss(LossKind kind, const Features& encoder, const Features& decoder, double easy_fraction,
                         double easy_factor) {
  switch (kind) {
    case LossKind::kGlobalCosine:
      return global_cosine_loss(encoder, decoder);
    case LossKind::kPerPoint:
      shrink_easy_gradients(encoder, decoder, easy_fraction, easy_factor);
      return per_point_loss(encoder, decoder);
    case LossKind::kLoose:
      break;
  }
  return loose_loss(encoder, decoder, easy_fraction, easy_factor);
}

double easy_fraction_at(int64_t step, double final_fraction, int64_t ramp_steps) {
  if (ramp_steps <= 0) return final_fraction;
  return std::min(final_fraction * static_cast<double>(step) / static_cast<double>(ramp_steps), final_fraction);
}

}  // namespace dinomaly
