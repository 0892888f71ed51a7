#include "trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "../device.h"
#include "../error.h"
#include "../generator.h"
#include "../loss.h"
#include "../weights/match.h"
#include "../weights/name_map.h"
#include "../weights/name_rules.h"

namespace dinomaly {
namespace {

constexpr int64_t kMaxSkippedInARow = 10;

// Share of a GPU's free memory that features may take; the rest is for what later steps take more than the first one.
constexpr double kDeviceCacheShare = 0.8;

StableAdamWConfig optimizer_config(const TrainConfig& train) {
  return {.beta1 = train.beta1,
          .beta2 = train.beta2,
          .eps = train.eps,
          .weight_decay = train.weight_decay,
          .amsgrad = train.amsgrad};
}

[[noreturn]] void throw_diverged(const StepReport& report) {
  std::ostringstream message;
  message << "Loss or gradient was not finite in " << kMaxSkippedInARow << " steps in a row, up to step " << report.step
          << "; none of them changed the weights. Lower learningRate (now " << report.learning_rate
          << "), or check that the encoder's weights fit its name";
  throw Error("TRAINING_DIVERGED", message.str());
}

}  // namespace

Trainer::Run::Run(const RunConfig& run, const TrainConfig& train, std::vector<at::Tensor> parameters)
    : config(run),
      order(train.seed, run.image_count, run.batch_size),
      cache(run.image_count, train.feature_cache_bytes.value_or(0)),
      schedule{.base = train.learning_rate,
               .final = train.final_learning_rate,
               .warmup_steps = train.warmup_steps,
               .total_steps = run.iterations},
      optimizer(std::move(parameters), optimizer_config(train)) {}

Trainer::Trainer(const ModelConfig& model, const Geometry& geometry, const TrainConfig& train, at::Device device)
    : geometry_(geometry), train_(train), device_(device), network_(model), noise_(make_generator(device, train.seed)) {
  validate(geometry, model.encoder);
  at::Generator draws = make_generator(at::kCPU, train.seed);
  network_.initialise_encoder(draws);
  network_.initialise_trainable(draws);
  network_.to(device, at::kFloat);
  for (at::Tensor& parameter : trainable()) parameter.requires_grad_(true);
}

std::vector<at::Tensor> Trainer::trainable() const {
  std::vector<at::Tensor> tensors;
  for (const NamedParameter& parameter : network_.trainable_parameters()) tensors.push_back(*parameter.tensor);
  return tensors;
}

void Trainer::load_encoder(const TensorMap& tensors, const std::string& path) {
  const std::string& family = network_.config().encoder.family;
  assign_weights(network_.encoder_parameters(), to_official_names(tensors, family, path), path,
                 encoder_match_rules(family));
}

void Trainer::load_trainable(const TensorMap& tensors, const std::string& path) {
  assign_weights(network_.trainable_parameters(), tensors, path, {.may_lack = {}, .may_have = {"encoder.*"}});
}

void Trainer::begin(const RunConfig& run) {
  if (run.iterations < 1) throw Error("INVALID_INPUT", "Expected at least one iteration");
  auto fresh = std::make_shared<Run>(run, train_, trainable());
  const std::lock_guard lock(mutex_);
  run_ = std::move(fresh);
}

std::optional<std::vector<int64_t>> Trainer::needed(int64_t ahead) const {
  const std::lock_guard lock(mutex_);
  if (!run_ || run_->next_step + ahead >= run_->config.iterations) return std::nullopt;
  std::vector<int64_t> missing;
  for (int64_t index : run_->order.batch(run_->next_step + ahead)) {
    if (!run_->cache.contains(index)) missing.push_back(index);
  }
  return missing;
}

void Trainer::encode_missing(const std::vector<int64_t>& missing, const std::vector<IndexedImage>& images,
                             std::vector<at::Tensor>& features, const StopToken& stop) {
  std::vector<ImageView> views;
  for (int64_t index : missing) {
    const auto found =
        std::find_if(images.begin(), images.end(), [&](const auto& image) { return image.index == index; });
    if (found == images.end())
      throw Error("INVALID_INPUT", "Picture " + std::to_string(index) + " of the batch is missing");
    views.push_back(found->view);
  }
  const at::Tensor input = normalise(prepare_images(views, geometry_, device_), device_);
  const at::Tensor encoded = at::stack(network_.encode(input, stop), 1);  // [B, F, N, C]
  for (size_t i = 0; i < missing.size(); ++i) {
    const at::Tensor own = encoded[static_cast<int64_t>(i)].clone();
    run_->cache.insert(missing[i], own);
    features.push_back(own);
  }
}

std::vector<at::Tensor> Trainer::gather_features(const std::vector<int64_t>& batch,
                                                 const std::vector<IndexedImage>& images, const StopToken& stop) {
  const at::NoGradGuard no_grad;
  std::vector<int64_t> missing;
  for (int64_t index : batch) {
    if (!run_->cache.contains(index)) missing.push_back(index);
  }
  std::vector<at::Tensor> encoded;
  if (!missing.empty()) encode_missing(missing, images, encoded, stop);
  std::vector<at::Tensor> rows;
  for (int64_t index : batch) {
    const auto fresh = std::find(missing.begin(), missing.end(), index);
    rows.push_back(fresh != missing.end() ? encoded[fresh - missing.begin()] : run_->cache.find(index).value());
  }
  const at::Tensor stacked = at::stack(rows, 1);  // [F, B, N, C]
  return stacked.unbind(0);
}

StepReport Trainer::step(const std::vector<IndexedImage>& images, const StopToken& stop) {
  std::vector<int64_t> batch;
  {
    const std::lock_guard lock(mutex_);
    if (!run_) throw Error("INVALID_INPUT", "No run was begun");
    if (run_->next_step >= run_->config.iterations) throw Error("INVALID_INPUT", "The run has no further steps");
    batch = run_->order.batch(run_->next_step);
  }
  return step_on_features(gather_features(batch, images, stop), stop);
}

StepReport Trainer::step_on_features(const std::vector<at::Tensor>& features, const StopToken& stop) {
  const at::AutoGradMode with_grad(true);
  StepReport report;
  report.step = run_->next_step;
  report.learning_rate = run_->schedule.at(report.step);
  if (train_.loss != LossKind::kGlobalCosine) {
    report.easy_fraction = easy_fraction_at(report.step, train_.easy_fraction, train_.easy_ramp_steps);
  }
  report.images = features.front().size(0);

  run_->optimizer.zero_grad();
  const GroupFeatures groups = network_.reconstruct(features, network_.grid_of(geometry_), noise_, stop);
  const at::Tensor loss =
      training_loss(train_.loss, groups.encoder, groups.decoder, report.easy_fraction, train_.easy_gradient_factor);
  report.skipped = !update(loss, report);
  run_->optimizer.zero_grad();
  {
    const std::lock_guard lock(mutex_);
    ++run_->next_step;
  }
  if (report.step == 0) budget_cache();
  run_->skipped_in_a_row = report.skipped ? run_->skipped_in_a_row + 1 : 0;
  if (run_->skipped_in_a_row >= kMaxSkippedInARow) throw_diverged(report);
  return report;
}

// After the first step libtorch holds what a step takes, so that what is free then may be filled.
void Trainer::budget_cache() {
  if (train_.feature_cache_bytes || device_.is_cpu()) return;
  run_->cache.set_budget(static_cast<int64_t>(static_cast<double>(free_device_bytes(device_)) * kDeviceCacheShare));
}

// Backward and optimiser step; false when something was not finite and nothing was changed.
bool Trainer::update(const at::Tensor& loss, StepReport& report) {
  report.loss = loss.item<double>();
  if (!std::isfinite(report.loss)) return false;
  loss.backward();
  const std::vector<at::Tensor> parameters = trainable();
  if (keep_gradients_) {
    last_gradients_.clear();
    for (const at::Tensor& parameter : parameters) {
      // A block that no group holds, such as the last one of the sparse scheme, has none.
      const at::Tensor& grad = parameter.grad();
      last_gradients_.push_back(grad.defined() ? grad.clone() : at::zeros_like(parameter));
    }
  }
  report.grad_norm = gradient_norm(parameters).item<double>();
  if (!std::isfinite(report.grad_norm)) return false;
  clip_gradients(parameters, report.grad_norm, train_.clip_grad_norm);
  run_->optimizer.step(report.learning_rate);
  return true;
}

}  // namespace dinomaly
