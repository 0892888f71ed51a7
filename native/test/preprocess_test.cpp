// Resize, crop and masks at the edges that the parity pictures do not reach.
#include "core/preprocess.h"

#include <ATen/ATen.h>

#include <array>

#include "harness.h"

namespace dinomaly::test {
namespace {

ImageView view(const at::Tensor& pixels) {
  return {pixels.data_ptr<uint8_t>(), pixels.size(0), pixels.size(1), pixels.size(2)};
}

constexpr Geometry square(int64_t resize, int64_t crop) {
  return {.resize_height = resize,
          .resize_width = resize,
          .crop_height = crop,
          .crop_width = crop,
          .map_height = 4,
          .map_width = 4};
}

TEST("a picture of the wanted size is only cropped") {
  const at::Tensor pixels = at::randint(0, 256, {10, 10, 3}, at::kByte);
  const at::Tensor cropped = prepare_images({view(pixels)}, square(10, 6));
  CHECK_CLOSE(cropped[0], pixels.narrow(0, 2, 6).narrow(1, 2, 6), 0.0);
}

TEST("the crop offset is rounded half to even, as Python rounds") {
  const at::Tensor pixels = at::arange(7, at::kByte).view({1, 7, 1}).expand({7, 7, 3}).contiguous();
  CHECK(prepare_images({view(pixels)}, square(7, 4))[0][0][0][0].item<int>() == 2);  // (7 - 4) / 2 = 1.5 -> 2
  CHECK(prepare_images({view(pixels)}, square(7, 2))[0][0][0][0].item<int>() == 2);  // 2.5 -> 2
}

TEST("a flat colour stays exactly that colour at any scale") {
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {3, 20000}, {97, 131}}) {
    const at::Tensor pixels = at::full({height, width, 3}, 201, at::kByte);
    CHECK(prepare_images({view(pixels)}, square(32, 28)).eq(201).all().item<bool>());
  }
}

TEST("a part of a picture, viewed where it lies, is prepared as a copy of it, bit for bit") {
  const at::Tensor picture = at::randint(0, 256, {40, 50, 3}, at::kByte);
  for (const auto& [top, left, height, width] :
       {std::array<int64_t, 4>{0, 0, 40, 50}, {3, 7, 20, 33}, {39, 49, 1, 1}, {20, 17, 20, 33}}) {
    const at::Tensor copy = picture.narrow(0, top, height).narrow(1, left, width).contiguous();
    const ImageView part{.data = picture.data_ptr<uint8_t>() + (top * 50 + left) * 3,
                         .height = height,
                         .width = width,
                         .channels = 3,
                         .stride = 150};
    for (const Geometry& geometry : {square(28, 24), square(33, 20), square(60, 60)}) {
      CHECK_CLOSE(prepare_images({part}, geometry), prepare_images({view(copy)}, geometry), 0.0);
    }
  }
}

TEST("rows that would overlap in memory are refused") {
  const at::Tensor pixels = at::zeros({4, 4, 3}, at::kByte);
  const ImageView image{.data = pixels.data_ptr<uint8_t>(), .height = 4, .width = 4, .channels = 3, .stride = 11};
  CHECK_THROWS_CODE(prepare_images({image}, square(8, 8)), "INVALID_INPUT");
}

TEST("pictures without pixels and with five channels are refused") {
  const at::Tensor pixels = at::zeros({4, 4, 3}, at::kByte);
  CHECK_THROWS_CODE(prepare_images({{pixels.data_ptr<uint8_t>(), 0, 4, 3}}, square(8, 8)), "INVALID_INPUT");
  CHECK_THROWS_CODE(prepare_mask({pixels.data_ptr<uint8_t>(), 2, 2, 5}, square(8, 8), MaskConvention::kAny),
                    "INVALID_INPUT");
}

TEST("a mask counts any trace of anomaly by the authors' convention and more than half by the other") {
  at::Tensor mask = at::zeros({8, 8, 1}, at::kByte);
  mask[1][1][0] = 40;
  mask[2][2][0] = 127;
  mask[3][3][0] = 128;
  mask[5][5][0] = 255;
  const Geometry geometry{
      .resize_height = 8, .resize_width = 8, .crop_height = 8, .crop_width = 8, .map_height = 8, .map_width = 8};
  CHECK(prepare_mask(view(mask), geometry, MaskConvention::kAny).sum().item<int>() == 4);
  const at::Tensor half = prepare_mask(view(mask), geometry, MaskConvention::kHalf);
  CHECK(half.sum().item<int>() == 2 && half[3][3].item<int>() == 1 && half[5][5].item<int>() == 1);
}

TEST("the largest channel of a mask decides") {
  at::Tensor mask = at::zeros({4, 4, 4}, at::kByte);
  mask[2][3][2] = 255;
  const at::Tensor prepared = prepare_mask(view(mask), square(4, 4), MaskConvention::kAny);
  CHECK(prepared.sum().item<int>() == 1 && prepared[2][3].item<int>() == 1);
}

TEST("a mask is brought to the size of the map by the floor rule") {
  // Of 5 places to 3: 0, 1 and 3, where rounding would give 0, 2 and 3.
  for (int64_t place = 0; place < 5; ++place) {
    at::Tensor mask = at::zeros({5, 5, 1}, at::kByte);
    mask.narrow(1, place, 1).fill_(255);
    Geometry geometry = square(5, 5);
    geometry.map_height = geometry.map_width = 3;
    const at::Tensor across = prepare_mask(view(mask), geometry, MaskConvention::kAny);
    const at::Tensor down = prepare_mask(view(mask.transpose(0, 1).contiguous()), geometry, MaskConvention::kAny);
    for (int64_t i = 0; i < 3; ++i) {
      const bool hit = place == std::array<int64_t, 3>{0, 1, 3}[i];
      CHECK(across.select(1, i).eq(hit ? 1 : 0).all().item<bool>());
      CHECK(down.select(0, i).eq(hit ? 1 : 0).all().item<bool>());
    }
  }
}

TEST("normalisation is (x / 255 - mean) / deviation in fp32, to the bit") {
  const at::Tensor pixels = at::arange(256, at::kByte).view({1, 16, 16, 1}).expand({1, 16, 16, 3}).contiguous();
  const at::Tensor actual = normalise(pixels, at::kCPU);
  constexpr float kMean[] = {0.485f, 0.456f, 0.406f};
  constexpr float kDeviation[] = {0.229f, 0.224f, 0.225f};
  for (int channel = 0; channel < 3; ++channel) {
    for (int value = 0; value < 256; ++value) {
      const float expected = (static_cast<float>(value) / 255.0f - kMean[channel]) / kDeviation[channel];
      CHECK(actual[0][channel][value / 16][value % 16].item<float>() == expected);
    }
  }
}

}  // namespace
}  // namespace dinomaly::test
