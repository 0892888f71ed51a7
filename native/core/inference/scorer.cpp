#include "scorer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/StreamGuard.h>

#include <algorithm>
#include <bit>

#include "../error.h"
#include "../torch_error.h"

namespace dinomaly {
namespace {

// [1, N, C] each -> [N, C] each, fp32, on the CPU.
std::vector<at::Tensor> of_one_picture(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> own;
  for (const at::Tensor& tensor : tensors) own.push_back(tensor.squeeze(0).to(at::kFloat).contiguous());
  return download(own);
}

// Copies a part's results into those of the whole, from row `begin` on.
void place(Scores& whole, const Scores& part, int64_t begin, int64_t rows) {
  for (const auto column : kScoreColumns) {
    const at::Tensor& from = part.*column;
    at::Tensor& to = whole.*column;
    if (!to.defined()) {
      std::vector<int64_t> sizes = from.sizes().vec();
      sizes.front() = rows;
      to = host_buffer(sizes, from.scalar_type(), from.device());
    }
    to.narrow(0, begin, from.size(0)).copy_(from, /*non_blocking=*/true);
  }
}

}  // namespace

const Scores& PendingScores::wait() const {
  if (done_) done_->synchronize();
  return results_;
}

Scorer::Scorer(Network network, const Geometry& geometry, at::Device device, Precision precision)
    : Scorer(make_plan(std::move(network), geometry, device, precision), geometry, device) {}

Scorer::Scorer(std::unique_ptr<Plan> plan, const Geometry& geometry, at::Device device)
    : geometry_(geometry), device_(device), plan_(std::move(plan)), most_(plan_->max_batch()) {
  if (!device.is_cpu()) copies_ = copy_streams(device);
}

at::Tensor Scorer::prepare(const ImageView& image) const {
  const Workspace::Scope scope(workspace_);
  return prepare_images({image}, geometry_, device_).squeeze(0);
}

PendingScores Scorer::start(const std::vector<at::Tensor>& pictures, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const at::ArrayRef<at::Tensor> all(pictures);
  PendingScores pending;
  for (size_t begin = 0; begin < all.size();) {
    const auto count = std::min(static_cast<size_t>(most_), all.size() - begin);
    const std::optional<Scores> part = run(all.slice(begin, count), stop);
    if (!part) continue;
    if (device_.is_cpu() && count == all.size()) {
      pending.results_ = *part;
    } else {
      collect(pending, *part, begin, all.size());
    }
    begin += count;
  }
  return pending;
}

std::optional<Scores> Scorer::run(at::ArrayRef<at::Tensor> pictures, const StopToken& stop) const {
  try {
    return plan_->run(uploaded(pictures), stop);
  } catch (const c10::Error& error) {
    if (pictures.size() == 1 || from_torch(error).code() != "OUT_OF_MEMORY") throw;
  }
  release_kept_device_memory();
  most_ = static_cast<int64_t>(std::bit_floor(pictures.size() - 1));
  return std::nullopt;
}

at::Tensor Scorer::uploaded(at::ArrayRef<at::Tensor> pictures) const {
  if (device_.is_cpu()) return pictures.size() == 1 ? pictures.front().unsqueeze(0) : at::stack(pictures);
  const c10::Stream computing = current_stream(device_);
  const c10::StreamGuard guard(copies_->up);
  at::Tensor pixels = at::empty({static_cast<int64_t>(pictures.size()), geometry_.crop_height, geometry_.crop_width, 3},
                                at::TensorOptions(device_).dtype(at::kByte));
  for (size_t i = 0; i < pictures.size(); ++i) pixels[static_cast<int64_t>(i)].copy_(pictures[i], true);
  c10::Event arrived(device_.type());
  arrived.record(copies_->up);
  arrived.block(computing);
  pixels.record_stream(computing);
  return pixels;
}

void Scorer::collect(PendingScores& pending, const Scores& part, size_t begin, size_t rows) const {
  const auto first = static_cast<int64_t>(begin), all = static_cast<int64_t>(rows);
  if (device_.is_cpu()) return place(pending.results_, part, first, all);
  c10::Event computed(device_.type());
  computed.record(current_stream(device_));
  computed.block(copies_->down);
  const c10::StreamGuard guard(copies_->down);
  place(pending.results_, part, first, all);
  for (const auto column : kScoreColumns) (part.*column).record_stream(copies_->down);
  if (!pending.done_) pending.done_.emplace(device_.type());
  pending.done_->record(copies_->down);
}

Scores Scorer::score(const std::vector<ImageView>& images, const StopToken& stop) const {
  std::vector<at::Tensor> pictures(images.size());
  at::parallel_for(0, static_cast<int64_t>(images.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) pictures[i] = prepare(images[i]);
  });
  const PendingScores pending = start(pictures, stop);
  Scores scores = pending.wait();
  if (device_.is_cpu()) return scores;
  for (const auto column : kScoreColumns) {
    const at::Tensor& pinned = scores.*column;
    scores.*column = at::empty(pinned.sizes(), pinned.scalar_type()).copy_(pinned);
  }
  return scores;
}

PictureFeatures Scorer::features(const ImageView& image, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const auto [targets, groups] = plan_->features(prepare_images({image}, geometry_, device_), stop);
  stop.check();
  return {.targets = of_one_picture(targets),
          .encoder = of_one_picture(groups.encoder),
          .decoder = of_one_picture(groups.decoder),
          .grid = plan_->grid()};
}

AttentionMaps Scorer::attention(const ImageView& image, int64_t row, int64_t column, const StopToken& stop) const {
  const at::NoGradGuard no_grad;
  const Workspace::Scope scope(workspace_);
  const auto [height, width] = plan_->grid();
  if (row < 0 || row >= height || column < 0 || column >= width) {
    throw Error("INVALID_INPUT", "Expected a patch of the grid " + std::to_string(height) + " x " +
                                     std::to_string(width) + " but received row " + std::to_string(row) + ", column " +
                                     std::to_string(column));
  }
  const at::Tensor pixels = prepare_images({image}, geometry_, device_);
  return attention_maps(plan_->attention(pixels, row * width + column, stop));
}

}  // namespace dinomaly
