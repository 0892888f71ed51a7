// What a picture shows as a whole, by which its class is told. A pure tensor function.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace dinomaly {

// groups: encoder features without class and register tokens, each [B, P, C] -> fp32 [B, sum of C]: of each group the
// mean of the tokens, each brought to length 1 first, so that a few long ones do not decide.
at::Tensor picture_features(const std::vector<at::Tensor>& groups);

}  // namespace dinomaly
