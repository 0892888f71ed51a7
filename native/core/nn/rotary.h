// Rotary position embedding of DINOv3: patch tokens are turned by angles that follow from their place in the picture.
#pragma once

#include <ATen/core/Tensor.h>

namespace dinomaly {

// Legend: B batch, H heads, N tokens, P patches (the last P of N), D channels a head, h x w patch grid.
struct Rotary {
  at::Tensor cos, sin;  // fp32 [P, D]

  // Along each axis the centre (i + 0.5) / n of a patch, mapped to [-1, 1], gives c and the angles
  // 2 pi c / 100^(4j / D), j < D / 4; [y, x] twice make the D channels.
  static Rotary of_grid(int64_t grid_height, int64_t grid_width, int64_t head_width, at::Device device);

  // q or k [B, H, N, D] -> the same with its last P tokens turned, in fp32.
  at::Tensor turn(const at::Tensor& x) const;
};

}  // namespace dinomaly
