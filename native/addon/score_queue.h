// Scoring requests of one model. Their pictures are resized while the device computes, those that are ready together
// share a forward pass, and each request keeps its own promise, stop token and error. One batch of a queue waits in the
// executor at a time, so that models and other jobs take turns.
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
  ScoreQueue(std::shared_ptr<Environment> environment, std::shared_ptr<const Scorer> scorer, c10::Device device,
             QueueLimits limits);

  // JavaScript thread.
  void add(ScoreRequest request);

  // Any thread: takes a request out that waits, which ends as ABORTED. False where it is computed, or has ended.
  bool withdraw(Environment::JobId job);

  // Any thread: what waits for others to share its pass waits no longer.
  void hurry();

  // Any thread: requests that wait.
  size_t waiting() const;

 private:
  enum class Stage { kNew, kResizing, kReady };

  struct Entry {
    explicit Entry(ScoreRequest asked) : request(std::move(asked)) {}

    ScoreRequest request;
    Stage stage = Stage::kNew;
    bool withdrawn = false;  // while it was resized
    at::Tensor picture;      // once ready
  };
  using Batch = std::vector<std::shared_ptr<Entry>>;

  // Tasks of the executors. They let go of the queue, and of all that a device reads and writes, before they leave its
  // environment.
  static void run_resize(std::shared_ptr<ScoreQueue> queue, std::shared_ptr<Entry> entry);
  static void run_batch(std::shared_ptr<ScoreQueue> queue);
  static void run_due(std::shared_ptr<ScoreQueue> queue);
  // The environment waits for a batch from its start to here, since a device writes its results meanwhile.
  static void run_delivery(std::shared_ptr<ScoreQueue> queue, std::shared_ptr<const Environment::Entry> entered,
                           Batch batch, std::shared_ptr<const PendingScores> pending,
                           Executor::Clock::time_point started);

  void resize(const std::shared_ptr<Entry>& entry);
  // The next batch; posts the one after it.
  Batch take();
  void compute(Batch batch, const std::shared_ptr<const Environment::Entry>& entered);
  void deliver(const Batch& batch, const PendingScores& pending, Executor::Clock::time_point started);
  void done();
  void fail(const Batch& batch, const std::exception_ptr& error);

  // mutex_ is held.
  void resize_ahead();
  void schedule();
  void post();
  size_t ready() const;

  std::shared_ptr<Environment> environment_;
  std::shared_ptr<const Scorer> scorer_;
  const c10::Device device_;
  Executor& executor_;
  Executor& pictures_;
  const QueueLimits limits_;
  const size_t most_running_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Entry>> waiting_;
  size_t running_ = 0;       // batches that are computed
  bool posted_ = false;      // a batch waits in the executor
  bool timed_ = false;       // a time is set by which the next batch is posted
  bool in_a_hurry_ = false;  // nothing more will come
};

}  // namespace dinomaly::addon
