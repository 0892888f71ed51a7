// Losses between the groups of encoder and decoder (section 3.4). All take G tensors [B, P, C] each, and return the
// scalar mean over the groups; no gradient reaches the encoder's.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "config.h"

namespace dinomaly {

using Features = std::vector<at::Tensor>;

// Cosine distance of each picture's flattened [P * C], mean over the batch (equation 4): the baseline of table 3.
at::Tensor global_cosine_loss(const Features& encoder, const Features& decoder);

// Cosine distance of each point, mean over points and batch: the regular point-by-point loss that section 3.4 loosens.
at::Tensor per_point_loss(const Features& encoder, const Features& decoder);

// Scales the gradients that reach `decoder` by easy_factor at the points whose cosine distance is below the k-th
// largest of the batch, k = max(1, int(points * (1 - p))), p = easy_fraction (equation 5). Group by group.
void shrink_easy_gradients(const Features& encoder, const Features& decoder, double easy_fraction, double easy_factor);

// The loose loss: the global cosine loss with the gradients of easy points shrunk.
at::Tensor loose_loss(const Features& encoder, const Features& decoder, double easy_fraction, double easy_factor);

// The loss that a run asks for.
at::Tensor training_loss(LossKind kind, const Features& encoder, const Features& decoder, double easy_fraction,
                         double easy_factor);

// p of a step: linear from 0 to `final_fraction` over `ramp_steps`, constant afterwards.
double easy_fraction_at(int64_t step, double final_fraction, int64_t ramp_steps);

}  // namespace dinomaly
