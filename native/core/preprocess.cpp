#include "preprocess.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "device.h"
#include "error.h"

namespace dinomaly {
namespace {

constexpr int kPrecisionBits = 32 - 8 - 2;
constexpr double kTriangleSupport = 1.0;
// A row is too little work to wake a thread for.
constexpr int64_t kRowsPerThread = 64;

// One axis of the resampler: output pixel i is the sum of `count` input pixels from `first`, weighted in fixed point.
struct AxisWeights {
  struct Span {
    int64_t first;
    int64_t count;
  };
  std::vector<Span> spans;
  std::vector<int32_t> weights;  // spans.size() rows of `stride`
  int64_t stride = 0;
  bool identity = false;  // input and output sizes agree: Pillow skips the pass

  const int32_t* row(int64_t i) const { return weights.data() + i * stride; }
};

// Weights of the outputs [offset, offset + length) of a resize from `in` to `out` pixels.
AxisWeights axis_weights(int64_t in, int64_t out, int64_t offset, int64_t length) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double filter_scale = std::max(scale, 1.0);
  const double support = kTriangleSupport * filter_scale;
  AxisWeights axis;
  axis.identity = in == out;
  axis.stride = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  axis.weights.assign(length * axis.stride, 0);
  std::vector<double> row(axis.stride);
  for (int64_t i = 0; i < length; ++i) {
    const double center = (static_cast<double>(i + offset) + 0.5) * scale;
    const int64_t first = std::max<int64_t>(0, static_cast<int64_t>(center - support + 0.5));
    const int64_t last = std::min(in, static_cast<int64_t>(center + support + 0.5));
    double total = 0;
    for (int64_t x = 0; x < last - first; ++x) {
      const double distance = std::abs((static_cast<double>(x + first) - center + 0.5) * (1.0 / filter_scale));
      row[x] = distance < 1.0 ? 1.0 - distance : 0.0;
      total += row[x];
    }
    for (int64_t x = 0; x < last - first; ++x) {
      const double weight = (total != 0 ? row[x] / total : row[x]) * (1 << kPrecisionBits);
      axis.weights[i * axis.stride + x] = static_cast<int32_t>(weight + 0.5);  // a triangle is never negative
    }
    axis.spans.push_back({first, last - first});
  }
  return axis;
}

// Python's round(): half to even.
int64_t crop_offset(int64_t size, int64_t crop) {
  return static_cast<int64_t>(std::nearbyint(static_cast<double>(size - crop) / 2.0));
}

uint8_t clip8(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255)); }

// One row of pixels, [in, C] -> [spans, C].
template <int kChannels>
void resample_row(const uint8_t* in, const AxisWeights& axis, uint8_t* out) {
  for (size_t i = 0; i < axis.spans.size(); ++i) {
    const auto [first, count] = axis.spans[i];
    const int32_t* weights = axis.row(static_cast<int64_t>(i));
    const uint8_t* pixel = in + first * kChannels;
    int32_t sum[kChannels];
    std::fill_n(sum, kChannels, 1 << (kPrecisionBits - 1));
    for (int64_t x = 0; x < count; ++x, pixel += kChannels) {
      for (int c = 0; c < kChannels; ++c) sum[c] += pixel[c] * weights[x];
    }
    for (int c = 0; c < kChannels; ++c) out[i * kChannels + c] = clip8(sum[c]);
  }
}

template <int kChannels>
void resample(const ImageView& image, const Geometry& geometry, uint8_t* output) {
  const int64_t left = crop_offset(geometry.resize_width, geometry.crop_width);
  const int64_t top = crop_offset(geometry.resize_height, geometry.crop_height);
  const AxisWeights across = axis_weights(image.width, geometry.resize_width, left, geometry.crop_width);
  const AxisWeights down = axis_weights(image.height, geometry.resize_height, top, geometry.crop_height);
  const int64_t row_bytes = geometry.crop_width * kChannels;
  const int64_t stride = image.stride == 0 ? image.width * kChannels : image.stride;
  const int64_t first_row = down.spans.front().first;
  const int64_t rows = down.spans.back().first + down.spans.back().count - first_row;

  std::vector<uint8_t> narrowed(rows * row_bytes);
  for (int64_t y = 0; y < rows; ++y) {
    const uint8_t* in = image.data + (y + first_row) * stride;
    uint8_t* out = narrowed.data() + y * row_bytes;
    if (across.identity) {
      std::copy_n(in + left * kChannels, row_bytes, out);
    } else {
      resample_row<kChannels>(in, across, out);
    }
  }

  std::vector<int32_t> sums(row_bytes);
  for (int64_t y = 0; y < geometry.crop_height; ++y) {
    if (down.identity) {
      std::copy_n(narrowed.data() + y * row_bytes, row_bytes, output + y * row_bytes);
      continue;
    }
    const auto [first, count] = down.spans[y];
    std::fill(sums.begin(), sums.end(), 1 << (kPrecisionBits - 1));
    for (int64_t k = 0; k < count; ++k) {
      const int32_t weight = down.row(y)[k];
      const uint8_t* in = narrowed.data() + (first - first_row + k) * row_bytes;
      for (int64_t x = 0; x < row_bytes; ++x) sums[x] += in[x] * weight;
    }
    for (int64_t x = 0; x < row_bytes; ++x) output[y * row_bytes + x] = clip8(sums[x]);
  }
}

constexpr std::array<float, 3> kMean{0.485F, 0.456F, 0.406F};
constexpr std::array<float, 3> kDeviation{0.229F, 0.224F, 0.225F};

// What each value of a channel becomes.
std::array<std::array<float, 256>, 3> normalised_values() {
  std::array<std::array<float, 256>, 3> values{};
  for (size_t c = 0; c < 3; ++c) {
    for (size_t v = 0; v < 256; ++v) values[c][v] = (static_cast<float>(v) / 255 - kMean[c]) / kDeviation[c];
  }
  return values;
}

at::Tensor normalised_on_cpu(const at::Tensor& images) {
  static const std::array<std::array<float, 256>, 3> values = normalised_values();
  const int64_t batch = images.size(0), height = images.size(1), width = images.size(2);
  at::Tensor planar = at::empty({batch, 3, height, width}, at::kFloat);
  const at::Tensor packed = images.contiguous();
  const auto* const in = packed.const_data_ptr<uint8_t>();
  auto* const out = planar.data_ptr<float>();
  at::parallel_for(0, batch * height, kRowsPerThread, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t image = row / height, y = row % height;
      for (size_t c = 0; c < 3; ++c) {
        const uint8_t* pixel = in + row * width * 3 + c;
        float* const to = out + ((image * 3 + static_cast<int64_t>(c)) * height + y) * width;
        for (int64_t x = 0; x < width; ++x, pixel += 3) to[x] = values[c][*pixel];
      }
    }
  });
  return planar;
}

}  // namespace

void resize_and_crop(const ImageView& image, const Geometry& geometry, uint8_t* output) {
  if (image.data == nullptr || image.height < 1 || image.width < 1) {
    throw Error("INVALID_INPUT", "Expected a picture of at least 1 x 1 pixels");
  }
  if (image.stride != 0 && image.stride < image.width * image.channels) {
    throw Error("INVALID_INPUT", "Expected rows of at least " + std::to_string(image.width * image.channels) +
                                     " bytes but received a stride of " + std::to_string(image.stride));
  }
  switch (image.channels) {
    case 1:
      return resample<1>(image, geometry, output);
    case 2:
      return resample<2>(image, geometry, output);
    case 3:
      return resample<3>(image, geometry, output);
    case 4:
      return resample<4>(image, geometry, output);
    default:
      throw Error("INVALID_INPUT", "Expected 1 to 4 channels but received " + std::to_string(image.channels));
  }
}

at::Tensor prepare_images(const std::vector<ImageView>& images, const Geometry& geometry, at::Device device) {
  const auto batch = static_cast<int64_t>(images.size());
  at::Tensor prepared = host_buffer({batch, geometry.crop_height, geometry.crop_width, 3}, at::kByte, device);
  const int64_t image_bytes = geometry.crop_height * geometry.crop_width * 3;
  auto* output = prepared.data_ptr<uint8_t>();
  for (const ImageView& image : images) {
    if (image.channels != 3) throw Error("INVALID_INPUT", "Expected pictures with 3 channels");
  }
  at::parallel_for(0, batch, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) resize_and_crop(images[i], geometry, output + i * image_bytes);
  });
  return prepared;
}

at::Tensor normalise(const at::Tensor& images, at::Device device) { return Normalisation(device)(images); }

Normalisation::Normalisation(at::Device device) : device_(device) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  mean_ = at::tensor(kMean, options).view({1, 3, 1, 1});
  deviation_ = at::tensor(kDeviation, options).view({1, 3, 1, 1});
}

at::Tensor Normalisation::operator()(const at::Tensor& images) const {
  if (device_.is_cpu()) return normalised_on_cpu(images);
  const at::Tensor planar =
      upload(images, device_).permute({0, 3, 1, 2}).to(at::kFloat, false, false, at::MemoryFormat::Contiguous);
  return planar.div_(255).sub_(mean_).div_(deviation_);
}

at::Tensor prepare_mask(const ImageView& mask, const Geometry& geometry, MaskConvention convention) {
  std::vector<uint8_t> cropped(geometry.crop_height * geometry.crop_width * mask.channels);
  resize_and_crop(mask, geometry, cropped.data());
  const uint8_t limit = convention == MaskConvention::kAny ? 0 : 127;  // v / 255 > 0.5 from 128 on
  at::Tensor result = at::empty({geometry.map_height, geometry.map_width}, at::kByte);
  auto* out = result.data_ptr<uint8_t>();
  // libtorch's nearest: index floor(i * scale) with a float scale.
  const float scale_y = static_cast<float>(geometry.crop_height) / static_cast<float>(geometry.map_height);
  const float scale_x = static_cast<float>(geometry.crop_width) / static_cast<float>(geometry.map_width);
  const auto nearest = [](int64_t i, float scale, int64_t size) {
    return std::min(static_cast<int64_t>(std::floor(static_cast<float>(i) * scale)), size - 1);
  };
  for (int64_t y = 0; y < geometry.map_height; ++y) {
    const uint8_t* row =
        cropped.data() + nearest(y, scale_y, geometry.crop_height) * geometry.crop_width * mask.channels;
    for (int64_t x = 0; x < geometry.map_width; ++x) {
      const uint8_t* pixel = row + nearest(x, scale_x, geometry.crop_width) * mask.channels;
      *out++ = *std::max_element(pixel, pixel + mask.channels) > limit ? 1 : 0;
    }
  }
  return result;
}

}  // namespace dinomaly
