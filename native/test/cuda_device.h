// What the cases on a CUDA device share.
#pragma once

#include <string>

#include "core/device.h"
#include "core/inference/scorer.h"
#include "core/torch_error.h"
#include "core/train/trainer.h"
#include "harness.h"

namespace dinomaly::test {

inline constexpr Geometry kGeometry{
    .resize_height = 20, .resize_width = 28, .crop_height = 16, .crop_width = 24, .map_height = 8, .map_width = 8};
// Several fp32 products of a network of two groups of blocks.
inline constexpr double kExact = 1e-5;

inline at::Device cuda() {
  if (!at::hasCUDA()) SKIP("there is no CUDA device");
  return {at::kCUDA, 0};
}

inline TrainConfig train_config() {
  TrainConfig config;
  config.warmup_steps = 2;
  config.easy_ramp_steps = 4;
  return config;
}

// The code of what `work` throws; then there is room again, as after a job of the addon.
inline std::string code_thrown_by(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::Error& error) {
    release_kept_device_memory();
    return from_torch(error).code();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace dinomaly::test
