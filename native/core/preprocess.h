// From 8-bit pictures to the network's input, as the published pipeline does it: Pillow's bilinear resize with
// antialias in fixed point, centre crop, ImageNet normalisation. All integer until the last step, so the same bytes on
// every device.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "config.h"

namespace dinomaly {

// Interleaved 8-bit pixels that somebody else owns.
struct ImageView {
  const uint8_t* data = nullptr;
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 3;
  int64_t stride = 0;  // bytes from one row to the next, of a part of a picture; 0: the rows lie one after the other
};

// image [H, W, channels] -> uint8 [crop height, crop width, channels] at `output`: resized to the geometry's size
// ignoring the aspect, then centre-cropped, offset (size - crop) / 2 rounded half to even.
void resize_and_crop(const ImageView& image, const Geometry& geometry, uint8_t* output);

// Pictures with 3 channels -> uint8 [B, crop height, crop width, 3] in host memory that `device` reads directly.
// Pictures run in parallel.
at::Tensor prepare_images(const std::vector<ImageView>& images, const Geometry& geometry, at::Device device = at::kCPU);

// uint8 [B, H, W, 3] -> fp32 [B, 3, H, W] on `device`: (x / 255 - mean) / std.
at::Tensor normalise(const at::Tensor& images, at::Device device);

// The same again and again: its constants are on the device already.
class Normalisation {
 public:
  explicit Normalisation(at::Device device);
  at::Tensor operator()(const at::Tensor& images) const;

 private:
  at::Device device_;
  at::Tensor mean_, deviation_;  // [1, 3, 1, 1]; on the CPU a table takes their place
};

enum class MaskConvention {
  kAny,   // anomalous when > 0, as the authors count
  kHalf,  // anomalous when > 0.5
};

// mask [H, W, 1 to 4 channels] -> uint8 [map height, map width], 1 where anomalous: the picture's own resize and crop,
// the largest channel, nearest to the map's size (floor rule).
at::Tensor prepare_mask(const ImageView& mask, const Geometry& geometry, MaskConvention convention);

}  // namespace dinomaly
