#include "score_queue.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "convert.h"

namespace dinomaly::addon {
namespace {

using Clock = Executor::Clock;

double milliseconds(Clock::duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

struct Timing {
  double queued_ms;
  double compute_ms;
  size_t batch;
};

// One picture's share of a pass.
struct Answer {
  at::Tensor map;
  at::Tensor features;
  double score, floor, peak;
};

Napi::Value to_js(Napi::Env env, const Answer& answer, const Timing& timing) {
  const at::Tensor& map = answer.map;
  auto result = Napi::Object::New(env);
  result.Set("score", answer.score);
  result.Set("floor", answer.floor);
  result.Set("peak", answer.peak);
  result.Set("map", to_float32_array(env, map));
  result.Set("features", to_float32_array(env, answer.features));
  result.Set("height", static_cast<double>(map.size(0)));
  result.Set("width", static_cast<double>(map.size(1)));
  result.Set("queuedMs", timing.queued_ms);
  result.Set("computeMs", timing.compute_ms);
  result.Set("batch", static_cast<double>(timing.batch));
  return result;
}

std::exception_ptr aborted() { return std::make_exception_ptr(Error("ABORTED", "The operation was aborted")); }

}  // namespace

ScoreQueue::ScoreQueue(std::shared_ptr<Environment> environment, std::shared_ptr<const Scorer> scorer,
                       c10::Device device, QueueLimits limits)
    : environment_(std::move(environment)),
      scorer_(std::move(scorer)),
      device_(device),
      executor_(Executor::of(device)),
      pictures_(Executor::pictures(device)),
      limits_(limits),
      // A GPU goes from one batch to the next by itself.
      most_running_(device.is_cpu() ? 1 : 2) {}

void ScoreQueue::add(ScoreRequest request) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::make_shared<Entry>(std::move(request)));
  resize_ahead();
}

bool ScoreQueue::withdraw(Environment::JobId job) {
  std::shared_ptr<Entry> found;
  {
    const std::lock_guard lock(mutex_);
    const auto at =
        std::find_if(waiting_.begin(), waiting_.end(), [job](const auto& entry) { return entry->request.job == job; });
    if (at == waiting_.end()) return false;
    found = *at;
    // Its pixels are read: its promise, which keeps them, ends when that does.
    found->withdrawn = found->stage == Stage::kResizing;
    if (found->withdrawn) return true;
    waiting_.erase(at);
    resize_ahead();
  }
  fail({found}, aborted());
  return true;
}

void ScoreQueue::hurry() {
  const std::lock_guard lock(mutex_);
  in_a_hurry_ = true;
  schedule();
}

size_t ScoreQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

size_t ScoreQueue::ready() const {
  return std::count_if(waiting_.begin(), waiting_.end(),
                       [](const auto& entry) { return entry->stage == Stage::kReady; });
}

// Resized pictures take memory, of which a GPU's host has little: no more are made than the next batches take.
void ScoreQueue::resize_ahead() {
  const size_t ahead = std::min(waiting_.size(), 2 * limits_.max_batch);
  for (size_t i = 0; i < ahead; ++i) {
    const std::shared_ptr<Entry>& entry = waiting_[i];
    if (entry->stage != Stage::kNew) continue;
    entry->stage = Stage::kResizing;
    pictures_.post([self = shared_from_this(), entry]() mutable { run_resize(std::move(self), std::move(entry)); });
  }
}

void ScoreQueue::schedule() {
  if (posted_ || running_ >= most_running_) return;
  const size_t count = ready();
  if (count == 0) return;
  // Those that are resized just now go along.
  const bool last = in_a_hurry_ && count == waiting_.size();
  if (running_ > 0 || count >= limits_.max_batch || limits_.max_delay == Clock::duration::zero() || last) {
    post();
  } else if (!timed_) {
    timed_ = true;
    executor_.post_at(waiting_.front()->request.asked + limits_.max_delay,
                      [self = shared_from_this()]() mutable { run_due(std::move(self)); });
  }
}

void ScoreQueue::post() {
  posted_ = true;
  executor_.post([self = shared_from_this()]() mutable { run_batch(std::move(self)); });
}

ScoreQueue::Batch ScoreQueue::take() {
  Batch batch;
  const std::lock_guard lock(mutex_);
  for (auto at = waiting_.begin(); at != waiting_.end() && batch.size() < limits_.max_batch;) {
    const bool taken = (*at)->stage == Stage::kReady;
    if (taken) batch.push_back(std::move(*at));
    at = taken ? waiting_.erase(at) : at + 1;
  }
  posted_ = false;
  if (batch.empty()) return batch;
  ++running_;
  resize_ahead();
  // One that a GPU may begin meanwhile.
  if (running_ < most_running_) schedule();
  return batch;
}

void ScoreQueue::done() {
  const std::lock_guard lock(mutex_);
  --running_;
  schedule();
}

void ScoreQueue::fail(const Batch& batch, const std::exception_ptr& error) {
  if (batch.empty()) return;
  const ErrorInfo info = describe(error);
  for (const auto& entry : batch) environment_->finish(entry->request.job, {}, info);
}

void ScoreQueue::run_resize(std::shared_ptr<ScoreQueue> queue, std::shared_ptr<Entry> entry) {
  const auto environment = queue->environment_;
  const Environment::Entry entered(*environment);
  const auto self = std::move(queue);
  const auto own = std::move(entry);
  if (entered) self->resize(own);
}

void ScoreQueue::resize(const std::shared_ptr<Entry>& entry) {
  std::exception_ptr failure;
  at::Tensor picture;
  try {
    entry->request.stop.check();
    picture = scorer_->prepare(entry->request.image);
    entry->request.stop.check();
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    if (entry->withdrawn && !failure) failure = aborted();
    entry->picture = std::move(picture);
    entry->stage = Stage::kReady;
    if (failure) waiting_.erase(std::find(waiting_.begin(), waiting_.end(), entry));
    resize_ahead();
    schedule();
  }
  if (failure) fail({entry}, failure);
}

void ScoreQueue::run_batch(std::shared_ptr<ScoreQueue> queue) {
  const auto environment = queue->environment_;
  const auto entered = std::make_shared<const Environment::Entry>(*environment);
  const auto self = std::move(queue);
  if (!*entered) return;
  Batch batch = self->take();
  if (!batch.empty()) self->compute(std::move(batch), entered);
}

void ScoreQueue::run_due(std::shared_ptr<ScoreQueue> queue) {
  const auto environment = queue->environment_;
  const Environment::Entry entered(*environment);
  auto self = std::move(queue);
  {
    const std::lock_guard lock(self->mutex_);
    self->timed_ = false;
    // The batch became full meanwhile, or all of it was withdrawn.
    if (self->posted_ || self->running_ > 0 || self->ready() == 0) return;
    self->posted_ = true;
  }
  run_batch(std::move(self));
}

void ScoreQueue::run_delivery(std::shared_ptr<ScoreQueue> queue, std::shared_ptr<const Environment::Entry> entered,
                              Batch batch, std::shared_ptr<const PendingScores> pending, Clock::time_point started) {
  const auto environment = queue->environment_;
  const auto within = std::move(entered);
  const auto self = std::move(queue);
  const auto own = std::move(pending);
  const Batch requests = std::move(batch);
  self->deliver(requests, *own, started);
}

void ScoreQueue::compute(Batch batch, const std::shared_ptr<const Environment::Entry>& entered) {
  // A request whose caller gave up before its turn leaves the batch; the others are not disturbed.
  const auto given_up = std::stable_partition(batch.begin(), batch.end(),
                                              [](const auto& entry) { return !entry->request.stop.stop_requested(); });
  fail({given_up, batch.end()}, aborted());
  batch.erase(given_up, batch.end());
  if (batch.empty()) return done();
  const auto started = Clock::now();
  std::shared_ptr<const PendingScores> pending;
  try {
    std::vector<at::Tensor> pictures;
    for (const auto& entry : batch) pictures.push_back(std::move(entry->picture));
    // A lone request can stop within the pass; shared passes run on for the others.
    const StopToken stop = batch.size() == 1 ? StopToken::any(batch.front()->request.stop, environment_->stop_token())
                                             : environment_->stop_token();
    pending = std::make_shared<const PendingScores>(scorer_->start(pictures, stop));
  } catch (...) {
    fail(batch, std::current_exception());
    return done();
  }
  if (device_.is_cpu()) return deliver(batch, *pending, started);
  Executor::results(device_).post(
      [self = shared_from_this(), entered, batch = std::move(batch), pending = std::move(pending), started]() mutable {
        run_delivery(std::move(self), std::move(entered), std::move(batch), std::move(pending), started);
      });
}

void ScoreQueue::deliver(const Batch& batch, const PendingScores& pending, Clock::time_point started) {
  try {
    const Scores& scores = pending.wait();
    const double compute_ms = milliseconds(Clock::now() - started);
    for (size_t i = 0; i < batch.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      const ScoreRequest& request = batch[i]->request;
      const Timing timing{milliseconds(started - request.asked), compute_ms, batch.size()};
      // A copy: a map that its owner keeps must not keep those of the whole batch.
      const Answer answer{.map = scores.maps[row].clone(),
                          .features = scores.features[row].clone(),
                          .score = scores.scores[row].item<double>(),
                          .floor = scores.floors[row].item<double>(),
                          .peak = scores.peaks[row].item<double>()};
      environment_->finish(request.job, [answer, timing](Napi::Env env) { return to_js(env, answer, timing); }, {});
    }
  } catch (...) {
    // Requests that were answered before the failure keep their answer.
    fail(batch, std::current_exception());
  }
  done();
}

}  // namespace dinomaly::addon
