// Passes that are recorded, and memory that does not suffice, on the CPU with a plan and a recorder that stand in for
// those of a GPU.
#include "core/inference/graph_plan.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

#include "core/inference/scorer.h"
#include "harness.h"
#include "pictures.h"

namespace dinomaly::test {
namespace {

constexpr Geometry kGeometry{
    .resize_height = 8, .resize_width = 8, .crop_height = 8, .crop_width = 8, .map_height = 4, .map_width = 4};

// What the plan and the recorder have been asked for.
struct Log {
  std::vector<int64_t> passes;  // pictures of each
  int64_t records = 0, replays = 0;
};

Scores mean_scores(const at::Tensor& pixels) {
  const at::Tensor means = pixels.to(at::kFloat).mean({1, 2, 3});
  return {.maps = means.view({-1, 1, 1}).expand({-1, 4, 4}).contiguous(),
          .scores = means,
          .floors = means - 1,
          .peaks = means + 1,
          .features = means.unsqueeze(1)};
}

// A picture's score is its mean, its map has that everywhere. As a recorded pass does, it writes over the results of
// the last pass of as many pictures.
class MeanPlan final : public Plan {
 public:
  MeanPlan(Log& log, int64_t most, int64_t room) : log_(log), most_(most), room_(room) {}

  Scores run(const at::Tensor& pixels, const StopToken&) const override {
    const int64_t count = pixels.size(0);
    log_.passes.push_back(count);
    TORCH_CHECK_WITH(OutOfMemoryError, count <= room_, "no memory for ", count, " pictures");
    const Scores results = mean_scores(pixels);
    Scores& kept = kept_[count];
    for (const auto column : kScoreColumns) {
      if (!(kept.*column).defined()) kept.*column = at::empty_like(results.*column);
      (kept.*column).copy_(results.*column);
    }
    return kept;
  }
  PassFeatures features(const at::Tensor&, const StopToken&) const override { return {}; }
  std::vector<at::Tensor> attention(const at::Tensor&, int64_t, const StopToken&) const override { return {}; }
  GroupFeatures compared(const at::Tensor&, const StopToken&) const override { return {}; }
  PatchGrid grid() const override { return {1, 1}; }
  int64_t max_batch() const override { return most_; }
  int64_t weight_bytes() const override { return 0; }

 private:
  Log& log_;
  int64_t most_, room_;
  mutable std::map<int64_t, Scores> kept_;
};

class RunAgain final : public Graph {
 public:
  RunAgain(Log& log, std::function<void()> work) : log_(log), work_(std::move(work)) {}
  void replay() override {
    ++log_.replays;
    work_();
  }

 private:
  Log& log_;
  std::function<void()> work_;
};

class FakeRecorder final : public GraphRecorder {
 public:
  FakeRecorder(Log& log, bool works) : log_(log), works_(works) {}
  std::unique_ptr<Graph> record(const std::function<void()>& work) override {
    ++log_.records;
    TORCH_CHECK(works_, "operation not permitted when stream is capturing");
    work();
    return std::make_unique<RunAgain>(log_, work);
  }

 private:
  Log& log_;
  bool works_;
};

std::unique_ptr<Plan> graphs_over(Log& log, int64_t most, int64_t room = 1 << 20, bool works = true) {
  return make_graph_plan(std::make_unique<MeanPlan>(log, most, room), std::make_unique<FakeRecorder>(log, works),
                         kGeometry, at::kCPU);
}

at::Tensor pixels_of(int64_t count) {
  return at::empty({count, 8, 8, 3}, at::kByte).random_(0, 256, make_generator(at::kCPU, count));
}

void check_equal(const Scores& actual, const Scores& expected) {
  for (const auto column : kScoreColumns) CHECK(at::equal(actual.*column, expected.*column));
}

TEST("recorded passes are powers of two that hold all pictures, of which only the last is not full") {
  CHECK(graph_passes(1, 64) == std::vector<int64_t>{1});
  CHECK(graph_passes(3, 64) == std::vector<int64_t>{4});
  CHECK((graph_passes(37, 64) == std::vector<int64_t>{32, 4, 1}));
  CHECK(graph_passes(48, 64) == std::vector<int64_t>{64});
  CHECK((graph_passes(100, 64) == std::vector<int64_t>{64, 32, 4}));
  CHECK((graph_passes(5, 2) == std::vector<int64_t>{2, 2, 1}));
  for (int64_t pictures = 1; pictures <= 300; ++pictures) {
    const std::vector<int64_t> passes = graph_passes(pictures, 64);
    CHECK(std::all_of(passes.begin(), passes.end(),
                      [](int64_t size) { return size <= 64 && std::has_single_bit(static_cast<uint64_t>(size)); }));
    const int64_t places = std::accumulate(passes.begin(), passes.end(), int64_t{0});
    CHECK(places >= pictures && places - passes.back() < pictures && 3 * places <= 4 * pictures);
  }
}

TEST("recorded passes give the scores of the plan, whatever was scored before in their memory") {
  Log log;
  const auto plan = graphs_over(log, 8);
  std::vector<std::pair<Scores, Scores>> kept;
  for (const int64_t count : {8, 3, 1, 13, 3, 8}) {
    const at::Tensor pixels = pixels_of(count);
    kept.emplace_back(plan->run(pixels, {}), mean_scores(pixels));
  }
  for (const auto& [actual, wanted] : kept) check_equal(actual, wanted);
  // 8, 4 and 1, each recorded once, when it was first needed.
  CHECK(log.records == 3);
  CHECK(log.replays == 8);
}

TEST("a network whose passes cannot be recorded is tried once, and scores as the plan does") {
  Log log;
  const auto plan = graphs_over(log, 8, 1 << 20, /*works=*/false);
  for (const int64_t count : {3, 5}) {
    const at::Tensor pixels = pixels_of(count);
    check_equal(plan->run(pixels, {}), mean_scores(pixels));
  }
  CHECK(log.records == 1);
}

TEST("a stop is seen between recorded passes") {
  Log log;
  const auto plan = graphs_over(log, 2);
  StopSource stop;
  stop.request_stop();
  CHECK_THROWS_CODE(plan->run(pixels_of(4), stop.token()), "ABORTED");
  CHECK(log.passes.empty());
}

TEST("passes for which there is no memory are halved until they fit, and stay so") {
  for (const bool recorded : {false, true}) {
    Log log;
    auto plan = recorded ? graphs_over(log, 8, 3) : std::make_unique<MeanPlan>(log, 8, 3);
    const Scorer scorer(std::move(plan), kGeometry, at::kCPU);
    const Pictures pictures(7);
    const Scores scores = scorer.score(pictures.views(), {});
    for (int64_t i = 0; i < 7; ++i) {
      const at::Tensor mean = scorer.prepare(pictures.view(i)).to(at::kFloat).mean();
      CHECK_CLOSE(scores.scores[i], mean, 1e-6);
      CHECK_CLOSE(scores.maps[i], mean.expand({4, 4}), 1e-6);
    }
    CHECK(std::count_if(log.passes.begin(), log.passes.end(), [](int64_t size) { return size > 3; }) <= 2);
    log.passes.clear();
    scorer.score(pictures.views(), {});
    CHECK(std::all_of(log.passes.begin(), log.passes.end(), [](int64_t size) { return size <= 2; }));
  }
}

TEST("a single picture for which there is no memory is refused, and the next is scored") {
  Log log;
  const Scorer scorer(std::make_unique<MeanPlan>(log, 8, 0), kGeometry, at::kCPU);
  const Pictures pictures(2);
  for (int i = 0; i < 2; ++i) {
    bool refused = false;
    try {
      scorer.score(pictures.views(), {});
    } catch (const c10::OutOfMemoryError&) {
      refused = true;
    }
    CHECK(refused);
  }
}

TEST("a CUDA library that is not there is ADDON_LOAD") {
  CHECK_THROWS_CODE(open_cuda_library("/nowhere/libdinomaly_cuda.so"), "ADDON_LOAD");
}

}  // namespace
}  // namespace dinomaly::test
