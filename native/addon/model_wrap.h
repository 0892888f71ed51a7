// `NativeModel` of lib/binding/types.ts: a scorer and its queue.
#pragma once

#include <memory>

#include "executor.h"
#include "napi_setup.h"
#include "score_queue.h"

namespace dinomaly::addon {

QueueLimits to_queue_limits(const Napi::Object& options);

class ModelWrap : public Napi::ObjectWrap<ModelWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ModelWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ModelWrap>(info) {}

  // A new JavaScript object over the scorer.
  static Napi::Object create(Napi::Env env, std::shared_ptr<const Scorer> scorer, c10::Device device,
                             const QueueLimits& limits);

 private:
  struct State {
    std::shared_ptr<Environment> environment;
    std::shared_ptr<const Scorer> scorer;
    std::shared_ptr<ScoreQueue> queue;
    Executor* executor;
  };

  // Tells the collector of the memory behind this small object, so that a dropped model is collected in time.
  void account(Napi::BasicEnv env, int64_t bytes);
  // Gives the weights up; jobs under way keep them until they end.
  void release();
  void Finalize(Napi::BasicEnv env) override;

  Napi::Value score(const Napi::CallbackInfo& info);
  Napi::Value waiting(const Napi::CallbackInfo& info);
  Napi::Value attention(const Napi::CallbackInfo& info);
  Napi::Value features(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  // Empty once disposed. Jobs under way share what they need, so the weights go with the last of them.
  std::shared_ptr<State> state_;
  int64_t accounted_ = 0;
};

}  // namespace dinomaly::addon
