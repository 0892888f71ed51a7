// Scoring requests of one model. Those that wait together share a forward pass; each keeps its own promise, stop token
// and error.
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

class ScoreQueue {
 public:
  ScoreQueue(std::shared_ptr<Environment> environment, std::shared_ptr<const Scorer> scorer)
      : environment_(std::move(environment)), scorer_(std::move(scorer)) {}

  // JavaScript thread. One call of run_batch() must be posted for each request.
  void add(ScoreRequest request);

  // Executor thread: scores what waits, up to kMaxBatch pictures; nothing when an earlier batch took it.
  void run_batch();

  static constexpr size_t kMaxBatch = 8;

 private:
  std::vector<ScoreRequest> take();
  void answer(std::vector<ScoreRequest> batch);
  void score(std::vector<ScoreRequest>& batch);
  void fail(const std::vector<ScoreRequest>& batch, const std::exception_ptr& error);

  std::shared_ptr<Environment> environment_;
  std::shared_ptr<const Scorer> scorer_;
  std::mutex mutex_;
  std::deque<ScoreRequest> waiting_;
};

}  // namespace dinomaly::addon
