#include "graph_plan.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/Event.h>

#include <bit>
#include <map>
#include <mutex>
#include <optional>

#include "../device.h"
#include "../torch_error.h"

namespace dinomaly {
namespace {

// From three quarters full on, one pass takes less time than several full ones.
constexpr int64_t kFullQuarters = 3;

// The first rows of results that the next replay writes over.
Scores copied(const Scores& results, int64_t rows) {
  Scores copies;
  for (const auto column : kScoreColumns) copies.*column = (results.*column).narrow(0, 0, rows).clone();
  return copies;
}

Scores joined(const std::vector<Scores>& parts) {
  if (parts.size() == 1) return parts.front();
  Scores whole;
  for (const auto column : kScoreColumns) {
    std::vector<at::Tensor> tensors;
    for (const Scores& part : parts) tensors.push_back(part.*column);
    whole.*column = at::cat(tensors);
  }
  return whole;
}

// A pass of one size, and the memory that it reads and writes.
struct Recording {
  at::Tensor pixels;  // uint8 [size, crop height, crop width, 3]
  Scores results;
  std::unique_ptr<Graph> graph;
};

class GraphPlan final : public Plan {
 public:
  GraphPlan(std::unique_ptr<Plan> plan, std::unique_ptr<GraphRecorder> recorder, const Geometry& geometry,
            at::Device device)
      : plan_(std::move(plan)), recorder_(std::move(recorder)), geometry_(geometry), device_(device) {}

  Scores run(const at::Tensor& pixels, const StopToken& stop) const override {
    const at::NoGradGuard no_grad;
    const std::lock_guard lock(mutex_);
    const InTurn turn(*this);
    std::vector<Scores> parts;
    int64_t done = 0;
    for (const int64_t size : graph_passes(pixels.size(0), max_batch())) {
      stop.check();
      const int64_t count = std::min(size, pixels.size(0) - done);
      parts.push_back(pass(size, pixels.narrow(0, done, count), stop));
      done += count;
    }
    return joined(parts);
  }

  PassFeatures features(const at::Tensor& pixels, const StopToken& stop) const override {
    return plan_->features(pixels, stop);
  }

  std::vector<at::Tensor> attention(const at::Tensor& pixels, int64_t query, const StopToken& stop) const override {
    return plan_->attention(pixels, query, stop);
  }

  GroupFeatures compared(const at::Tensor& images, const StopToken& stop) const override {
    return plan_->compared(images, stop);
  }

  PatchGrid grid() const override { return plan_->grid(); }
  int64_t max_batch() const override { return plan_->max_batch(); }
  int64_t weight_bytes() const override { return plan_->weight_bytes(); }

 private:
  Scores pass(int64_t size, const at::Tensor& pixels, const StopToken& stop) const {
    const Recording* const recording = recorded(size);
    if (recording == nullptr) return plan_->run(pixels, stop);
    const int64_t count = pixels.size(0);
    recording->pixels.narrow(0, 0, count).copy_(pixels, /*non_blocking=*/true);
    recording->graph->replay();
    return copied(recording->results, count);
  }

  // Null where this network's passes cannot be recorded.
  const Recording* recorded(int64_t size) const {
    const auto found = recordings_.find(size);
    if (found != recordings_.end()) return found->second.get();
    if (!recorder_) return nullptr;
    try {
      return recordings_.emplace(size, record(size)).first->second.get();
    } catch (const c10::Error& error) {
      const Error known = from_torch(error);
      if (known.code() == "OUT_OF_MEMORY" || known.code() == "DEVICE_LOST") throw;
      TORCH_WARN("dinomaly: passes of this model are not recorded as CUDA graphs, and are slower in small batches: ",
                 error.what_without_backtrace());
      recorder_ = nullptr;
      return nullptr;
    }
  }

  std::unique_ptr<Recording> record(int64_t size) const {
    auto made = std::make_unique<Recording>();
    made->pixels =
        at::zeros({size, geometry_.crop_height, geometry_.crop_width, 3}, at::TensorOptions(device_).dtype(at::kByte));
    // Libraries start and choose their kernels; what they took meanwhile is of no more use.
    plan_->run(made->pixels, {});
    synchronise(device_);
    release_kept_device_memory();
    made->graph =
        recorder_->record([&recording = *made, this] { recording.results = plan_->run(recording.pixels, {}); });
    return made;
  }

  // Work on a GPU is ordered within a thread's stream only: what is launched while it lives comes after what other
  // threads have launched, also where an exception ends it.
  class InTurn {
   public:
    explicit InTurn(const GraphPlan& plan) : plan_(plan) {
      if (plan_.last_) plan_.last_->block(current_stream(plan_.device_));
    }
    ~InTurn() {
      if (plan_.device_.is_cpu()) return;
      try {
        if (!plan_.last_) plan_.last_.emplace(plan_.device_.type());
        plan_.last_->record(current_stream(plan_.device_));
      } catch (const std::exception&) {
        // A device that is lost: the next call tells of it.
      }
    }
    InTurn(const InTurn&) = delete;
    InTurn& operator=(const InTurn&) = delete;

   private:
    const GraphPlan& plan_;
  };

  std::unique_ptr<Plan> plan_;
  mutable std::unique_ptr<GraphRecorder> recorder_;
  Geometry geometry_;
  at::Device device_;
  mutable std::mutex mutex_;
  mutable std::map<int64_t, std::unique_ptr<Recording>> recordings_;
  mutable std::optional<c10::Event> last_;
};

}  // namespace

std::vector<int64_t> graph_passes(int64_t pictures, int64_t most) {
  std::vector<int64_t> passes;
  while (pictures > 0) {
    const auto above = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(pictures)));
    const bool nearly_full = 4 * pictures >= kFullQuarters * above;
    const int64_t size = std::min(most, nearly_full ? above : above / 2);
    passes.push_back(size);
    pictures -= size;
  }
  return passes;
}

std::unique_ptr<Plan> make_graph_plan(std::unique_ptr<Plan> plan, std::unique_ptr<GraphRecorder> recorder,
                                      const Geometry& geometry, at::Device device) {
  return std::make_unique<GraphPlan>(std::move(plan), std::move(recorder), geometry, device);
}

}  // namespace dinomaly
