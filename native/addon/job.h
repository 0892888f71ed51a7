// Long work off the JavaScript thread: a promise now, `work` on the executor later, its result turned into a value back
// on the JavaScript thread.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "environment.h"
#include "executor.h"

namespace dinomaly::addon {

// Runs `work(stop)` under the environment's rules and settles the promise with `convert(env, result)`. What `work`
// holds is gone before the environment is left.
template <typename Work, typename Convert>
void run_job(const std::shared_ptr<Environment>& environment, Environment::JobId job, const StopToken& stop, Work work,
             Convert& convert) {
  try {
    stop.check();
    auto result = std::make_shared<decltype(work(stop))>(work(stop));
    environment->finish(job, [result, convert](Napi::Env env) { return Napi::Value(convert(env, *result)); }, {});
  } catch (...) {
    environment->finish(job, {}, describe(std::current_exception()));
  }
}

// work: (const StopToken&) -> Result, any thread, no JavaScript. convert: (Napi::Env, Result&) -> Napi::Value.
// `pins` are kept alive, so that `work` may read the memory they own.
template <typename Work, typename Convert>
Napi::Promise start_job(Napi::Env env, Executor& executor, const StopToken& caller_stop,
                        const std::vector<Napi::Object>& pins, Work work, Convert convert) {
  const auto environment = Environment::of(env);
  const auto [job, promise] = environment->open(env, pins);
  const StopToken stop = StopToken::any(caller_stop, environment->stop_token());
  executor.post([environment, job = job, stop, work = std::move(work), convert = std::move(convert)]() mutable {
    if (!environment->enter()) return;
    run_job(environment, job, stop, std::move(work), convert);
    environment->leave();
  });
  return promise;
}

}  // namespace dinomaly::addon
