// Memory of weights. Large blocks come from the system as pages that are zero and not there until they are touched, in
// pages of 2 MB where it has them: a network that is about to be read from a file costs nothing twice, and reading it
// hundreds of page faults in place of a hundred thousand.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinomaly {

// Of unspecified values.
at::Tensor empty_weights(at::IntArrayRef sizes, at::ScalarType type);

// fp32, 0.
at::Tensor zero_weights(at::IntArrayRef sizes);

}  // namespace dinomaly
