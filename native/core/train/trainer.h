// Training of bottleneck and decoder on a frozen encoder. The trainer owns order, random numbers, schedule and
// optimiser; the caller brings decoded pictures, one step at a time, and may decode ahead with needed().
#pragma once

#include <ATen/core/Generator.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "../config.h"
#include "../dinomaly.h"
#include "../optim/lr_schedule.h"
#include "../optim/stable_adamw.h"
#include "../preprocess.h"
#include "../weights/tensor_map.h"
#include "epoch_order.h"
#include "feature_cache.h"

namespace dinomaly {

struct StepReport {
  int64_t step = 0;
  double loss = 0;
  double grad_norm = 0;  // before clipping
  double learning_rate = 0;
  double easy_fraction = 0;
  bool skipped = false;  // loss or gradient was not finite: the weights were left alone
  int64_t images = 0;
};

struct IndexedImage {
  int64_t index;
  ImageView view;
};

class Trainer {
 public:
  // Seeded fresh trainable weights, and a seeded untrained encoder until load_encoder. Throws INVALID_CONFIG.
  Trainer(const ModelConfig& model, const Geometry& geometry, const TrainConfig& train, at::Device device);

  // Encoder weights under any published naming. Throws WEIGHTS_MISMATCH, WEIGHTS_NOT_FINITE naming `path`.
  void load_encoder(const TensorMap& tensors, const std::string& path);

  // Bottleneck and decoder of a whole Dinomaly, to go on from; its other tensors are left aside. Throws as above.
  void load_trainable(const TensorMap& tensors, const std::string& path);

  // Starts a run from step 0 with the present weights and a fresh optimiser state.
  void begin(const RunConfig& run);

  // Pictures that the batch `ahead` steps from now needs decoded; nothing past the end of the run. Safe to call while a
  // step runs on another thread.
  std::optional<std::vector<int64_t>> needed(int64_t ahead) const;

  // One step on the pictures that needed(0) named; others are ignored. Throws TRAINING_DIVERGED after ten skipped steps
  // in a row, ABORTED when stopped; the weights are then those of the last finished step.
  StepReport step(const std::vector<IndexedImage>& images, const StopToken& stop);

  // One step on features already at hand, as from Network::encode on pictures of the trainer's crop.
  StepReport step_on_features(const std::vector<at::Tensor>& features, const StopToken& stop);

  Network& network() { return network_; }
  const Geometry& geometry() const { return geometry_; }
  const StableAdamW& optimizer() const { return run_->optimizer; }
  // Gradients of the last step before clipping, kept when asked for by tests.
  void keep_gradients(bool keep) { keep_gradients_ = keep; }
  const std::vector<at::Tensor>& last_gradients() const { return last_gradients_; }

 private:
  // What belongs to one run; replaced by begin().
  struct Run {
    Run(const RunConfig& run, const TrainConfig& train, std::vector<at::Tensor> parameters);

    RunConfig config;
    EpochOrder order;
    FeatureCache cache;
    LrSchedule schedule;
    StableAdamW optimizer;
    int64_t next_step = 0;
    int64_t skipped_in_a_row = 0;
  };

  std::vector<at::Tensor> trainable() const;
  // Network::encode of a batch, from the cache or the encoder.
  std::vector<at::Tensor> gather_features(const std::vector<int64_t>& batch, const std::vector<IndexedImage>& images,
                                          const StopToken& stop);
  void encode_missing(const std::vector<int64_t>& missing, const std::vector<IndexedImage>& images,
                      std::vector<at::Tensor>& features, const StopToken& stop);
  bool update(const at::Tensor& loss, StepReport& report);
  void budget_cache();

  Geometry geometry_;
  TrainConfig train_;
  at::Device device_;
  mutable Network network_;
  at::Generator noise_;
  mutable std::mutex mutex_;  // guards run_ against needed() from another thread
  std::shared_ptr<Run> run_;
  bool keep_gradients_ = false;
  std::vector<at::Tensor> last_gradients_;
};

}  // namespace dinomaly
