// What belongs to one Node environment (the main thread, or a worker): its unsettled promises, and its end.
//
// Rules, so that an environment can die at any moment:
// 1. A job holds no JavaScript handle. Promises and pinned buffers stay here, and are touched on the JavaScript thread
//    only.
// 2. A job enters before it reads pinned memory and leaves afterwards; entering fails once the environment is closing.
// 3. At its end every job is asked to stop, and those that entered are waited for. Napi::AsyncWorker would wait for the
//    whole job and abort the process when its environment died.
// 4. The end is the cleanup hook in a worker that is terminated, but the 'exit' event in a process: process.exit and an
//    uncaught throw run no cleanup hooks, and libtorch's own statics would be destroyed under a running job.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/stop_token.h"
#include "errors.h"
#include "napi_setup.h"

namespace dinomaly::addon {

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  using JobId = uint64_t;
  // Turns a finished job's result into a value, on the JavaScript thread.
  using Settle = std::function<Napi::Value(Napi::Env)>;

  static std::shared_ptr<Environment> create(Napi::Env env);
  // The environment of this addon instance.
  static std::shared_ptr<Environment> of(Napi::Env env);

  // JavaScript thread: a new promise, with the values that must stay alive until it settles. `on_progress` is called on
  // the JavaScript thread with the fractions that report() was given, or not at all where it is empty; it must not
  // throw.
  std::pair<JobId, Napi::Promise> open(Napi::Env env, const std::vector<Napi::Object>& pins,
                                       const Napi::Function& on_progress = {});

  // Any thread. False once the environment is closing; otherwise leave() must follow.
  bool enter();
  void leave();

  // Any thread, while the job runs: how far it is. Fractions that JavaScript had no time for give way to the largest.
  void report(JobId job, double fraction);

  // Any thread: settles the promise. An error takes precedence.
  void finish(JobId job, Settle settle, std::optional<ErrorInfo> error);

  StopToken stop_token() const { return stop_.token(); }

 private:
  struct Pending {
    Napi::Promise::Deferred deferred;
    std::vector<Napi::ObjectReference> pins;
    Napi::FunctionReference on_progress;
  };
  struct Finished {
    JobId job;
    Settle settle;
    std::optional<ErrorInfo> error;
  };

  void wake();  // mutex_ is held
  void drain(Napi::Env env);
  void tell(Napi::Env env, JobId job, double fraction);
  void settle(Napi::Env env, Finished& one);
  void leave_jobs();
  void close();

  std::mutex mutex_;
  std::condition_variable left_;
  std::vector<Finished> finished_;
  std::unordered_map<JobId, double> reported_;
  bool waking_ = false;  // a wake-up is on its way
  int64_t entered_ = 0;
  bool closing_ = false;

  // JavaScript thread only.
  Napi::ThreadSafeFunction wake_;
  std::unordered_map<JobId, Pending> pending_;
  JobId next_job_ = 1;
  StopSource stop_;
};

}  // namespace dinomaly::addon
