// Scoring: pictures in, anomaly maps and scores out, through one execution plan.
#pragma once

#include <memory>
#include <vector>

#include "../attention_map.h"
#include "../config.h"
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

class Scorer {
 public:
  // Throws as make_plan().
  Scorer(Network network, const Geometry& geometry, at::Device device, Precision precision);

  // Pictures of any sizes, 3 channels; the result is on the CPU. There a picture's map and score are the same, to the
  // bit, in any company; on a GPU they differ by rounding. Throws ABORTED when stopped.
  Scores score(const std::vector<ImageView>& images, const StopToken& stop) const;

  // Throws ABORTED when stopped.
  PictureFeatures features(const ImageView& image, const StopToken& stop) const;

  // Where the patch at (row, column) of the patch grid looks, in each decoder block. Throws INVALID_INPUT for a patch
  // outside the grid, ABORTED when stopped.
  AttentionMaps attention(const ImageView& image, int64_t row, int64_t column, const StopToken& stop) const;

  int64_t weight_bytes() const { return plan_->weight_bytes(); }

 private:
  Geometry geometry_;
  PatchGrid grid_;
  at::Device device_;
  std::unique_ptr<Plan> plan_;
  std::shared_ptr<Workspace> workspace_ = std::make_shared<Workspace>();
};

}  // namespace dinomaly
