// `NativeTrainer` of lib/binding/types.ts: a core Trainer whose steps run on the executor, one job a step, so that
// waiting scores run between them.
#pragma once

#include <memory>

#include "core/train/trainer.h"
#include "environment.h"
#include "executor.h"
#include "napi_setup.h"

namespace dinomaly::addon {

class TrainerWrap : public Napi::ObjectWrap<TrainerWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit TrainerWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TrainerWrap>(info) {}

  static Napi::Object create(Napi::Env env, std::shared_ptr<Trainer> trainer, c10::Device device);

 private:
  Napi::Value begin(const Napi::CallbackInfo& info);
  Napi::Value needed(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value model(const Napi::CallbackInfo& info);
  Napi::Value save(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  void Finalize(Napi::BasicEnv env) override;

  Trainer& checked(Napi::Env env) const;
  void release();

  std::shared_ptr<Environment> environment_;
  std::shared_ptr<Trainer> trainer_;  // empty once disposed
  Executor* executor_ = nullptr;
};

}  // namespace dinomaly::addon
