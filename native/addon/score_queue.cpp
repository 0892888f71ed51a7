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

void ScoreQueue::add(ScoreRequest request) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(request));
  if (posted_) return;
  if (running_ || waiting_.size() >= limits_.max_batch || limits_.max_delay == Clock::duration::zero()) {
    post();
  } else if (waiting_.size() == 1) {
    executor_.post_at(waiting_.front().asked + limits_.max_delay,
                      [self = shared_from_this()]() mutable { run_due(std::move(self)); });
  }
}

bool ScoreQueue::withdraw(Environment::JobId job) {
  ScoreRequest found;
  {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                                 [job](const ScoreRequest& request) { return request.job == job; });
    if (at == waiting_.end()) return false;
    found = std::move(*at);
    waiting_.erase(at);
  }
  fail({found}, aborted());
  return true;
}

void ScoreQueue::hurry() {
  const std::lock_guard lock(mutex_);
  if (!posted_ && !waiting_.empty()) post();
}

size_t ScoreQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void ScoreQueue::post() {
  posted_ = true;
  executor_.post([self = shared_from_this()]() mutable { run_batch(std::move(self)); });
}

std::vector<ScoreRequest> ScoreQueue::take() {
  std::vector<ScoreRequest> batch;
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty() && batch.size() < limits_.max_batch) {
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  posted_ = false;
  if (!waiting_.empty()) post();
  running_ = !batch.empty();
  return batch;
}

void ScoreQueue::done() {
  const std::lock_guard lock(mutex_);
  running_ = false;
}

void ScoreQueue::fail(const std::vector<ScoreRequest>& batch, const std::exception_ptr& error) {
  if (batch.empty()) return;
  const ErrorInfo info = describe(error);
  for (const ScoreRequest& request : batch) environment_->finish(request.job, {}, info);
}

void ScoreQueue::run_batch(std::shared_ptr<ScoreQueue> queue) {
  const auto environment = queue->environment_;
  const Environment::Entry entry(*environment);
  const auto self = std::move(queue);
  if (!entry) return;
  self->answer(self->take());
  self->done();
}

void ScoreQueue::run_due(std::shared_ptr<ScoreQueue> queue) {
  {
    const std::lock_guard lock(queue->mutex_);
    // The batch became full meanwhile, or all of it was withdrawn.
    if (queue->posted_ || queue->waiting_.empty()) return;
    queue->posted_ = true;
  }
  run_batch(std::move(queue));
}

void ScoreQueue::answer(std::vector<ScoreRequest> batch) {
  // A request whose caller gave up before its turn leaves the batch; the others are not disturbed.
  const auto given_up = std::stable_partition(
      batch.begin(), batch.end(), [](const ScoreRequest& request) { return !request.stop.stop_requested(); });
  fail({given_up, batch.end()}, aborted());
  batch.erase(given_up, batch.end());
  if (batch.empty()) return;
  try {
    score(batch);
  } catch (...) {
    // Requests that were answered before the failure keep their answer.
    fail(batch, std::current_exception());
  }
}

void ScoreQueue::score(const std::vector<ScoreRequest>& batch) {
  const auto started = Clock::now();
  std::vector<ImageView> images;
  for (const ScoreRequest& request : batch) images.push_back(request.image);
  // A lone request can stop within the pass; shared passes run on for the others.
  const StopToken stop =
      batch.size() == 1 ? StopToken::any(batch.front().stop, environment_->stop_token()) : environment_->stop_token();
  const Scores scores = scorer_->score(images, stop);
  const double compute_ms = milliseconds(Clock::now() - started);
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const Timing timing{milliseconds(started - batch[i].asked), compute_ms, batch.size()};
    // A copy: a map that its owner keeps must not keep those of the whole batch.
    const Answer answer{.map = scores.maps[row].clone(),
                        .features = scores.features[row].clone(),
                        .score = scores.scores[row].item<double>(),
                        .floor = scores.floors[row].item<double>(),
                        .peak = scores.peaks[row].item<double>()};
    environment_->finish(batch[i].job, [answer, timing](Napi::Env env) { return to_js(env, answer, timing); }, {});
  }
}

}  // namespace dinomaly::addon
