// Scoring requests of one model. Those that wait together share a forward pass; each keeps its own promise, stop token
// and error. One batch of a queue waits in the executor at a time, so that models and other jobs take turns.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "core/inference/scorer.h"
#include "environment.h"

namespace dinomaly::addon {

struct ScoreRequest {
  Environment::JobId job = 0;
  ImageView image;
  StopToken stop;
  std::chrono::steady_clock::time_point asked = std::chrono::steady_clock::now();
};

class ScoreQueue : public std::enable_shared_from_this<ScoreQueue> {
 public:
  ScoreQueue(std::shared_ptr<Environment> environment, std::shared_ptr<const Scorer> scorer, Executor& executor)
      : environment_(std::move(environment)), scorer_(std::move(scorer)), executor_(executor) {}

  // JavaScript thread.
  void add(ScoreRequest request);

  static constexpr size_t kMaxBatch = 8;

 private:
  // Executor thread: scores what waits, up to kMaxBatch pictures.
  void run_batch();
  void answer(std::vector<ScoreRequest> batch);
  // The next batch; posts the one after it.
  std::vector<ScoreRequest> take();
  void post();
  void score(const std::vector<ScoreRequest>& batch);
  void fail(const std::vector<ScoreRequest>& batch, const std::exception_ptr& error);

  std::shared_ptr<Environment> environment_;
  std::shared_ptr<const Scorer> scorer_;
  Executor& executor_;
  std::mutex mutex_;
  std::deque<ScoreRequest> waiting_;
  bool posted_ = false;  // a batch waits in the executor
};

}  // namespace dinomaly::addon
