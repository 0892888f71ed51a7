#include "environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "instance.h"

namespace dinomaly::addon {
namespace {

// The living environments of the process. Never destroyed: it is read at exit().
struct Registry {
  std::mutex mutex;
  std::vector<std::weak_ptr<Environment>> environments;
  uint64_t jobs = 0;

  static Registry& get() {
    static auto& registry = *new Registry();
    return registry;
  }
};

// The end of the process, on the thread that calls exit(): thread-local objects of that thread are destroyed before any
// static one ([basic.start.term] of the C++ standard), whenever the static one was made.
struct EndOfProcess {
  ~EndOfProcess() {
    // A worker's end is its cleanup hook.
    if (gettid() == getpid()) Environment::leave_all_jobs();
  }
};

bool is_power_of_two(uint64_t n) { return (n & (n - 1)) == 0; }

}  // namespace

std::shared_ptr<Environment> Environment::create(Napi::Env env) {
  thread_local const EndOfProcess end_of_process;
  (void)end_of_process;  // the first use makes it
  auto state = std::make_shared<Environment>();
  state->wake_ = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}),
                                               "dinomaly", /*maxQueueSize=*/0,
                                               /*initialThreadCount=*/1);
  state->wake_.Unref(env);  // an idle addon must not keep the process alive
  // Added after the thread-safe function's own hook, so it runs before that one (hooks run last to first).
  env.AddCleanupHook([](Environment* environment) { environment->close(); }, state.get());
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  std::erase_if(registry.environments, [](const auto& other) { return other.expired(); });
  registry.environments.push_back(state);
  return state;
}

void Environment::leave_all_jobs() {
  std::vector<std::shared_ptr<Environment>> environments;
  {
    Registry& registry = Registry::get();
    const std::lock_guard lock(registry.mutex);
    for (const auto& one : registry.environments) environments.push_back(one.lock());
  }
  std::erase(environments, nullptr);
  for (const auto& one : environments) one->stop_.request_stop();
  for (const auto& one : environments) one->leave_jobs();
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
  {
    // Where only workers have loaded the addon, the thread that calls exit() has no EndOfProcess. exit() runs the
    // handlers that were registered last first, and libtorch's statics are made when they are first needed: so the
    // handler is registered anew as jobs go by, ever more rarely.
    Registry& registry = Registry::get();
    const std::lock_guard lock(registry.mutex);
    if (is_power_of_two(++registry.jobs)) std::atexit(leave_all_jobs);
  }
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
  const napi_status status =
      wake_.NonBlockingCall([self = shared_from_this()](Napi::Env env, Napi::Function) { self->drain(env); });
  // What waits is taken along by the next call that gets through.
  if (status != napi_ok) waking_ = false;
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
  if (found == pending_.end()) return;
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

void Environment::release(Executor& executor, std::shared_ptr<const void> value) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    released_[&executor].push_back(std::move(value));
  }
  executor.post([self = shared_from_this(), &executor] { self->free_released(&executor); });
}

void Environment::free_released(Executor* executor) {
  const Entry entry(*this);
  if (!entry) return;  // close() frees the rest
  std::vector<std::shared_ptr<const void>> values;
  {
    const std::lock_guard lock(mutex_);
    values.swap(released_[executor]);
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
  released_.clear();
  wake_.Abort();
}

}  // namespace dinomaly::addon
