// What belongs to one Node environment (the main thread, or a worker): its unsettled promises, and its end.
//
// Rules, so that an environment can die at any moment:
// 1. A job holds no JavaScript handle. Promises and the buffers they read stay here, and are touched on the
//    JavaScript thread only.
// 2. A job enters before it reads their memory and leaves afterwards; entering fails once the environment is closing.
// 3. At its end every job is asked to stop, and those that entered are waited for. Napi::AsyncWorker would wait for the
//    whole job and abort the process when its environment died.
// 4. The end of a worker is its cleanup hook. process.exit, an uncaught throw and process.reallyExit run no cleanup
//    hook, and JavaScript's 'exit' event can be missed or emitted by anybody: the end of the process is exit() of the C
//    library, where libtorch's own statics would otherwise be destroyed under a running job. It destroys the objects of
//    its own thread first, and one of these waits for the jobs.
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
#include "executor.h"
#include "napi_setup.h"

namespace dinomaly::addon {

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  using JobId = uint64_t;
  // Turns a finished job's result into a value, on the JavaScript thread.
  using Settle = std::function<Napi::Value(Napi::Env)>;

  // While it lives, the environment waits for the job that made it. False where the environment is closing: the job
  // must then touch nothing that JavaScript owns.
  class Entry {
   public:
    explicit Entry(Environment& environment) : environment_(environment.enter() ? &environment : nullptr) {}
    ~Entry() {
      if (environment_ != nullptr) environment_->leave();
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    explicit operator bool() const { return environment_ != nullptr; }

   private:
    Environment* environment_;
  };

  static std::shared_ptr<Environment> create(Napi::Env env);
  // The environment of this addon instance.
  static std::shared_ptr<Environment> of(Napi::Env env);

  // JavaScript thread: a new promise, with the values that must stay alive until it settles. `on_progress` is called on
  // the JavaScript thread with the fractions that report() was given, or not at all where it is empty; it must not
  // throw.
  std::pair<JobId, Napi::Promise> open(Napi::Env env, const std::vector<Napi::Object>& pins,
                                       const Napi::Function& on_progress = {});

  // Any thread, while the job runs: how far it is. Fractions that JavaScript had no time for give way to the largest.
  void report(JobId job, double fraction);

  // Any thread: settles the promise; only the first answer of a job counts. An error takes precedence.
  void finish(JobId job, Settle settle, std::optional<ErrorInfo> error);

  // JavaScript thread: drops `value` on the executor, where freeing large weights holds nobody up.
  void release(Executor& executor, std::shared_ptr<const void> value);

  StopToken stop_token() const { return stop_.token(); }

  // The jobs of all environments, at the end of the process. Any thread.
  static void leave_all_jobs();

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

  bool enter();
  void leave();
  void wake();  // mutex_ is held
  void drain(Napi::Env env);
  void tell(Napi::Env env, JobId job, double fraction);
  void settle(Napi::Env env, Finished& one);
  void free_released(Executor* executor);
  void leave_jobs();
  void close();

  std::mutex mutex_;
  std::condition_variable left_;
  std::vector<Finished> finished_;
  std::unordered_map<JobId, double> reported_;
  std::unordered_map<Executor*, std::vector<std::shared_ptr<const void>>> released_;
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
