// Long work off the JavaScript thread: a promise now, `work` on the executor later, its result turned into a value back
// on the JavaScript thread.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/progress.h"
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

// work: (const StopToken&, const ReportProgress&) -> Result, any thread, no JavaScript; what it reports goes to
// `on_progress`, a function or undefined. convert: (Napi::Env, Result&) -> Napi::Value. `pins` are kept alive, so that
// `work` may read the memory they own.
template <typename Work, typename Convert>
Napi::Promise start_reporting_job(Napi::Env env, Executor& executor, const StopToken& caller_stop,
                                  const std::vector<Napi::Object>& pins, const Napi::Value& on_progress, Work work,
                                  Convert convert) {
  const auto environment = Environment::of(env);
  const bool listens = on_progress.IsFunction();
  const auto [job, promise] =
      environment->open(env, pins, listens ? on_progress.As<Napi::Function>() : Napi::Function());
  const StopToken stop = StopToken::any(caller_stop, environment->stop_token());
  ReportProgress report;
  if (listens) report = [environment, job = job](double fraction) { environment->report(job, fraction); };
  executor.post([environment, job = job, stop, report = std::move(report), work = std::move(work),
                 convert = std::move(convert)]() mutable {
    const Environment::Entry entry(*environment);
    if (!entry) return;
    run_job(
        environment, job, stop,
        [work = std::move(work), &report](const StopToken& token) mutable { return work(token, report); }, convert);
  });
  return promise;
}

// As start_reporting_job, for work: (const StopToken&) -> Result that reports nothing.
template <typename Work, typename Convert>
Napi::Promise start_job(Napi::Env env, Executor& executor, const StopToken& caller_stop,
                        const std::vector<Napi::Object>& pins, Work work, Convert convert) {
  return start_reporting_job(
      env, executor, caller_stop, pins, env.Undefined(),
      [work = std::move(work)](const StopToken& stop, const ReportProgress&) mutable { return work(stop); },
      std::move(convert));
}

// As start_job, in two steps: `prepare(stop)` on the executor `first`, then `work(prepared, stop)` on the other.
template <typename Prepare, typename Work, typename Convert>
Napi::Promise start_prepared_job(Napi::Env env, Executor& first, Executor& executor, const StopToken& caller_stop,
                                 Prepare prepare, Work work, Convert convert) {
  const auto environment = Environment::of(env);
  const auto [job, promise] = environment->open(env, {});
  const StopToken stop = StopToken::any(caller_stop, environment->stop_token());
  first.post([environment, job = job, stop, &executor, prepare = std::move(prepare), work = std::move(work),
              convert = std::move(convert)]() mutable {
    const Environment::Entry entry(*environment);
    if (!entry) return;
    try {
      stop.check();
      auto prepared = std::make_shared<decltype(prepare(stop))>(prepare(stop));
      executor.post([environment, job, stop, prepared = std::move(prepared), work = std::move(work),
                     convert = std::move(convert)]() mutable {
        const Environment::Entry second_entry(*environment);
        const auto own = std::move(prepared);
        if (!second_entry) return;
        run_job(environment, job, stop, [&](const StopToken& token) { return work(*own, token); }, convert);
      });
    } catch (...) {
      environment->finish(job, {}, describe(std::current_exception()));
    }
  });
  return promise;
}

}  // namespace dinomaly::addon
