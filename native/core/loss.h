// The loose loss (section 3.4, equations 4 to 6): global cosine distance of each group, whose gradient is scaled down
// at the points that are already well reconstructed.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace dinomaly {

// encoder, decoder: G tensors [B, P, C]. easy_fraction is p of the paper. Returns the scalar mean over groups; the
// gradient that reaches a decoder point is multiplied by easy_factor where its cosine distance is below the k-th
// largest of the batch, k = max(1, int(points * (1 - p))).
at::Tensor loose_loss(const std::vector<at::Tensor>& encoder, const std::vector<at::Tensor>& decoder,
                      double easy_fraction, double easy_factor);

// p of a step: linear from 0 to `final_fraction` over `ramp_steps`, constant afterwards.
double easy_fraction_at(int64_t step, double final_fraction, int64_t ramp_steps);

}  // namespace dinomaly
