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
  Executor::Clock::time_point asked = Executor::Clock::now();
};

struct QueueLimits {
  size_t max_batch = 1;  // pictures that share a pass
  // How long a batch that is not full waits for more, from its oldest request on, while no batch of the queue is
  // computed or waits for the executor.
  Executor::Clock::duration max_delay{};
};

class ScoreQueue : public std::enable_shared_from_this<ScoreQueue> {
 public:
  ScoreQueue(std::shared_ptr<Environment> environment, std::shared_ptr<const Scorer> scorer, Executor& executor,
             QueueLimits limits)
      : environment_(std::move(environment)), scorer_(std::move(scorer)), executor_(executor), limits_(limits) {}

  // JavaScript thread.
  void add(ScoreRequest request);

  // Any thread: takes a request out that waits, which ends as ABORTED. False where it is computed, or has ended.
  bool withdraw(Environment::JobId job);

  // Any thread: what waits for others to share its pass waits no longer.
  void hurry();

  // Any thread: requests that wait.
  size_t waiting() const;

 private:
  // Executor thread: scores what waits, up to max_batch pictures. They let go of the queue before they leave its
  // environment.
  static void run_batch(std::shared_ptr<ScoreQueue> queue);
  static void run_due(std::shared_ptr<ScoreQueue> queue);
  void answer(std::vector<ScoreRequest> batch);
  // The next batch; posts the one after it.
  std::vector<ScoreRequest> take();
  void done();
  void post();  // mutex_ is held
  void score(const std::vector<ScoreRequest>& batch);
  void fail(const std::vector<ScoreRequest>& batch, const std::exception_ptr& error);

  std::shared_ptr<Environment> environment_;
  std::shared_ptr<const Scorer> scorer_;
  Executor& executor_;
  const QueueLimits limits_;
  mutable std::mutex mutex_;
  std::deque<ScoreRequest> waiting_;
  bool posted_ = false;   // a batch waits in the executor
  bool running_ = false;  // a batch is computed
};

}  // namespace dinomaly::addon
