#include "environment.h"

#include <algorithm>

#include "instance.h"

namespace dinomaly::addon {

std::shared_ptr<Environment> Environment::create(Napi::Env env) {
  auto state = std::make_shared<Environment>();
  state->wake_ = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}),
                                               "dinomaly", /*maxQueueSize=*/0,
                                               /*initialThreadCount=*/1);
  state->wake_.Unref(env);  // an idle addon must not keep the process alive
  // Added after the thread-safe function's own hook, so it runs before that one (hooks run last to first).
  env.AddCleanupHook([](Environment* environment) { environment->close(); }, state.get());
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const auto leave = Napi::Function::New(env, [state](const Napi::CallbackInfo&) { state->leave_jobs(); });
  process.Get("once").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), leave});
  return state;
}

std::shared_ptr<Environment> Environment::of(Napi::Env env) { return Instance::of(env).environment; }

std::pair<Environment::JobId, Napi::Promise> Environment::open(Napi::Env env, const std::vector<Napi::Object>& pins,
                                                               const Napi::Function& on_progress) {
  Pending pending{Napi::Promise::Deferred::New(env), {}, {}};
  if (!on_progress.IsEmpty()) pending.on_progress = Napi::Persistent(on_progress);
  for (const Napi::Object& pin : pins) pending.pins.push_back(Napi::Persistent(pin));
  const Napi::Promise promise = pending.deferred.Promise();
  if (pending_.empty()) wake_.Ref(env);
  const JobId job = next_job_++;
  pending_.emplace(job, std::move(pending));
  return {job, promise};
}

bool Environment::enter() {
  const std::lock_guard lock(mutex_);
  if (closing_) return false;
  ++entered_;
  return true;
}

void Environment::leave() {
  {
    const std::lock_guard lock(mutex_);
    --entered_;
  }
  left_.notify_all();
}

void Environment::finish(JobId job, Settle settle, std::optional<ErrorInfo> error) {
  const std::lock_guard lock(mutex_);
  if (closing_) return;
  finished_.push_back({job, std::move(settle), std::move(error)});
  wake();
}

void Environment::report(JobId job, double fraction) {
  const std::lock_guard lock(mutex_);
  if (closing_) return;
  double& reported = reported_[job];
  reported = std::max(reported, fraction);
  wake();
}

void Environment::wake() {
  if (waking_) return;
  waking_ = true;
  wake_.NonBlockingCall([self = shared_from_this()](Napi::Env env, Napi::Function) { self->drain(env); });
}

void Environment::drain(Napi::Env env) {
  if (static_cast<napi_env>(env) == nullptr) return;  // the environment died before the call arrived
  std::vector<Finished> finished;
  std::unordered_map<JobId, double> reported;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
    reported.swap(reported_);
    waking_ = false;
  }
  for (const auto& [job, fraction] : reported) tell(env, job, fraction);
  for (Finished& one : finished) settle(env, one);
  if (pending_.empty()) wake_.Unref(env);
}

void Environment::tell(Napi::Env env, JobId job, double fraction) {
  const Napi::HandleScope scope(env);
  const auto found = pending_.find(job);
  if (found == pending_.end() || found->second.on_progress.IsEmpty()) return;
  try {
    found->second.on_progress.Call({Napi::Number::New(env, fraction)});
  } catch (const Napi::Error&) {
    // A worker that is being terminated: the job hears of that by itself.
  }
}

void Environment::settle(Napi::Env env, Finished& one) {
  const Napi::HandleScope scope(env);
  const auto found = pending_.find(one.job);
  const Napi::Promise::Deferred deferred = found->second.deferred;
  pending_.erase(found);
  if (one.error) {
    deferred.Reject(to_js(env, *one.error).Value());
    return;
  }
  try {
    deferred.Resolve(one.settle(env));
  } catch (const Napi::Error& error) {
    deferred.Reject(error.Value());
  }
}

// Touches no JavaScript.
void Environment::leave_jobs() {
  stop_.request_stop();
  std::unique_lock lock(mutex_);
  closing_ = true;
  left_.wait(lock, [this] { return entered_ == 0; });
  finished_.clear();
}

void Environment::close() {
  leave_jobs();
  pending_.clear();
  wake_.Abort();
}

}  // namespace dinomaly::addon
