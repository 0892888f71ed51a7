#include "model_wrap.h"

#include <ATen/ATen.h>

#include "convert.h"
#include "instance.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

const ErrorInfo kDisposed{"DISPOSED", "The model was disposed"};

}  // namespace

Napi::Function ModelWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeModel",
                     {InstanceMethod<&ModelWrap::score>("score"), InstanceMethod<&ModelWrap::dispose>("dispose")});
}

Napi::Object ModelWrap::create(Napi::Env env, std::shared_ptr<const Scorer> scorer, c10::Device device) {
  const Napi::Object object = Instance::of(env).model.New({});
  ModelWrap* self = Unwrap(object);
  self->account(env, scorer->weight_bytes());
  auto queue = std::make_shared<ScoreQueue>(Environment::of(env), std::move(scorer));
  self->state_ = std::make_unique<State>(State{std::move(queue), &Executor::of(device)});
  return object;
}

void ModelWrap::account(Napi::BasicEnv env, int64_t bytes) {
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes - accounted_);
  accounted_ = bytes;
}

void ModelWrap::Finalize(Napi::BasicEnv env) { account(env, 0); }

Napi::Value ModelWrap::score(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!state_) return rejected(env, kDisposed);
  const ImageView image = to_image_view(info[0]);
  const auto [job, promise] =
      Environment::of(env)->open(env, {info[0].As<Napi::Object>().Get("data").As<Napi::Object>()});
  state_->queue->add({.job = job, .image = image, .stop = StopWrap::token(info[1])});
  state_->executor->post([queue = state_->queue] { queue->run_batch(); });
  return promise;
}

void ModelWrap::dispose(const Napi::CallbackInfo& info) {
  state_.reset();
  account(info.Env(), 0);
}

}  // namespace dinomaly::addon
