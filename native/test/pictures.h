// Random pictures of different sizes, owned here.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "core/generator.h"
#include "core/train/trainer.h"

namespace dinomaly::test {

struct Pictures {
  std::vector<at::Tensor> pixels;

  explicit Pictures(int64_t count) {
    at::Generator generator = make_generator(at::kCPU, 5);
    for (int64_t i = 0; i < count; ++i) {
      pixels.push_back(at::empty({18 + i, 30, 3}, at::kByte).random_(0, 256, generator));
    }
  }

  ImageView view(int64_t i) const { return {pixels[i].data_ptr<uint8_t>(), pixels[i].size(0), pixels[i].size(1), 3}; }

  std::vector<ImageView> views() const {
    std::vector<ImageView> found;
    for (size_t i = 0; i < pixels.size(); ++i) found.push_back(view(static_cast<int64_t>(i)));
    return found;
  }

  std::vector<IndexedImage> views(const std::vector<int64_t>& indices) const {
    std::vector<IndexedImage> found;
    for (int64_t i : indices) found.push_back({i, view(i)});
    return found;
  }
};

}  // namespace dinomaly::test
