// Scoring: pictures in, anomaly maps and scores out, through one execution plan.
#pragma once

#include <c10/core/Event.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "../attention_map.h"
#include "../config.h"
#include "../device.h"
#include "../preprocess.h"
#include "../workspace.h"
#include "plan.h"

namespace dinomaly {

// What the network made of one picture; fp32, on the CPU.
struct PictureFeatures {
  std::vector<at::Tensor> targets;           // [N, C] for each target layer: class token, registers, then the patches
  std::vector<at::Tensor> encoder, decoder;  // [P, C] for each group, the patches row by row
  PatchGrid grid;
};

// Scores that a device computes. May be waited for by another thread than the one that started it.
class PendingScores {
 public:
  // The results, in host memory; on a GPU in memory that the device writes, which is scarce: a result that is kept for
  // long is copied. Throws c10::Error where the device has failed meanwhile.
  const Scores& wait() const;

 private:
  friend class Scorer;
  Scores results_;
  std::optional<c10::Event> done_;  // none on the CPU, which has computed them already
};

class Scorer {
 public:
  // Throws as make_plan().
  Scorer(Network network, const Geometry& geometry, at::Device device, Precision precision);
  // Over a plan of this geometry, on this device.
  Scorer(std::unique_ptr<Plan> plan, const Geometry& geometry, at::Device device);

  // Pictures of any sizes, 3 channels; the result is in ordinary host memory. On the CPU a picture's map and score are
  // the same, to the bit, in any company; on a GPU they differ by rounding. What finds no memory on a GPU is tried
  // again in passes of half as many pictures, down to one. Throws ABORTED when stopped.
  Scores score(const std::vector<ImageView>& images, const StopToken& stop) const;

  // The same in steps, so that the host prepares pictures and takes results while a GPU computes.
  // A picture resized and cropped, uint8 [crop height, crop width, 3], where the device copies from. Any thread.
  at::Tensor prepare(const ImageView& image) const;
  // pictures: from prepare(); they may be dropped once it returns.
  PendingScores start(const std::vector<at::Tensor>& pictures, const StopToken& stop) const;

  // Throws ABORTED when stopped.
  PictureFeatures features(const ImageView& image, const StopToken& stop) const;

  // Where the patch at (row, column) of the patch grid looks, in each decoder block. Throws INVALID_INPUT for a patch
  // outside the grid, ABORTED when stopped.
  AttentionMaps attention(const ImageView& image, int64_t row, int64_t column, const StopToken& stop) const;

  int64_t weight_bytes() const { return plan_->weight_bytes(); }

 private:
  // A pass. None where it found no memory: the next ones are of fewer pictures.
  std::optional<Scores> run(at::ArrayRef<at::Tensor> pictures, const StopToken& stop) const;
  at::Tensor uploaded(at::ArrayRef<at::Tensor> pictures) const;
  // Brings a pass's results to the host, as rows from `begin` on of `rows`.
  void collect(PendingScores& pending, const Scores& part, size_t begin, size_t rows) const;

  Geometry geometry_;
  at::Device device_;
  std::unique_ptr<Plan> plan_;
  std::shared_ptr<Workspace> workspace_ = std::make_shared<Workspace>();
  std::optional<CopyStreams> copies_;  // of a GPU
  mutable std::atomic<int64_t> most_;  // pictures of a pass: fewer once memory ran out
};

}  // namespace dinomaly
