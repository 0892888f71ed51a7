#include "model_wrap.h"

#include <ATen/ATen.h>

#include "convert.h"
#include "instance.h"
#include "job.h"
#include "options.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

const ErrorInfo kModelDisposed{"DISPOSED", "The model was disposed"};

Napi::Value to_js(Napi::Env env, const AttentionMaps& maps) {
  auto result = Napi::Object::New(env);
  auto entropies = Napi::Array::New(env, maps.entropies.size());
  for (uint32_t i = 0; i < maps.entropies.size(); ++i) entropies.Set(i, maps.entropies[i]);
  result.Set("weights", to_float32_array(env, maps.weights));
  result.Set("blocks", static_cast<double>(maps.weights.size(0)));
  result.Set("height", static_cast<double>(maps.weights.size(1)));
  result.Set("width", static_cast<double>(maps.weights.size(2)));
  result.Set("entropies", entropies);
  return result;
}

Napi::Array to_js(Napi::Env env, const std::vector<at::Tensor>& tensors) {
  auto array = Napi::Array::New(env, tensors.size());
  for (uint32_t i = 0; i < tensors.size(); ++i) array.Set(i, to_float32_array(env, tensors[i]));
  return array;
}

Napi::Value to_js(Napi::Env env, const PictureFeatures& features) {
  auto result = Napi::Object::New(env);
  result.Set("targets", to_js(env, features.targets));
  result.Set("encoder", to_js(env, features.encoder));
  result.Set("decoder", to_js(env, features.decoder));
  result.Set("height", static_cast<double>(features.grid.height));
  result.Set("width", static_cast<double>(features.grid.width));
  return result;
}

}  // namespace

QueueLimits to_queue_limits(const Napi::Object& options) {
  const std::chrono::duration<double, std::milli> delay(number(options, "maxDelayMs"));
  return {.max_batch = static_cast<size_t>(integer(options, "maxBatch")),
          .max_delay = std::chrono::duration_cast<Executor::Clock::duration>(delay)};
}

Napi::Function ModelWrap::define(Napi::Env env) {
  return DefineClass(
      env, "NativeModel",
      {InstanceMethod<&ModelWrap::score>("score"), InstanceMethod<&ModelWrap::waiting>("waiting"),
       InstanceMethod<&ModelWrap::attention>("attention"), InstanceMethod<&ModelWrap::features>("features"),
       InstanceMethod<&ModelWrap::dispose>("dispose")});
}

Napi::Object ModelWrap::create(Napi::Env env, std::shared_ptr<const Scorer> scorer, c10::Device device,
                               const QueueLimits& limits) {
  const Napi::Object object = Instance::of(env).model.New({});
  ModelWrap* self = Unwrap(object);
  self->account(env, scorer->weight_bytes());
  const auto environment = Environment::of(env);
  Executor& executor = Executor::of(device);
  auto queue = std::make_shared<ScoreQueue>(environment, scorer, device, limits);
  self->state_ = std::make_shared<State>(State{environment, std::move(scorer), std::move(queue), &executor});
  return object;
}

void ModelWrap::account(Napi::BasicEnv env, int64_t bytes) {
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes - accounted_);
  accounted_ = bytes;
}

void ModelWrap::release() {
  if (!state_) return;
  state_->queue->hurry();
  const auto environment = state_->environment;
  Executor& executor = *state_->executor;
  environment->release(executor, std::move(state_));
}

void ModelWrap::Finalize(Napi::BasicEnv env) {
  account(env, 0);
  release();
}

Napi::Value ModelWrap::score(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!state_) return rejected(env, kModelDisposed);
  const ImageView image = to_image_view(info[0]);
  const auto [job, promise] =
      state_->environment->open(env, {info[0].As<Napi::Object>().Get("data").As<Napi::Object>()});
  state_->queue->add({.job = job, .image = image, .stop = StopWrap::token(info[1])});
  StopWrap::waits(info[1], [queue = std::weak_ptr(state_->queue), job = job] {
    const auto living = queue.lock();
    return living && living->withdraw(job);
  });
  return promise;
}

Napi::Value ModelWrap::waiting(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), state_ ? static_cast<double>(state_->queue->waiting()) : 0);
}

Napi::Value ModelWrap::attention(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!state_) return rejected(env, kModelDisposed);
  return start_job(
      env, *state_->executor, StopWrap::token(info[3]), {info[0].As<Napi::Object>().Get("data").As<Napi::Object>()},
      [scorer = state_->scorer, image = to_image_view(info[0]), row = info[1].ToNumber().Int64Value(),
       column = info[2].ToNumber().Int64Value()](const StopToken& stop) {
        return scorer->attention(image, row, column, stop);
      },
      [](Napi::Env result_env, const AttentionMaps& maps) { return to_js(result_env, maps); });
}

Napi::Value ModelWrap::features(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!state_) return rejected(env, kModelDisposed);
  return start_job(
      env, *state_->executor, StopWrap::token(info[1]), {info[0].As<Napi::Object>().Get("data").As<Napi::Object>()},
      [scorer = state_->scorer, image = to_image_view(info[0])](const StopToken& stop) {
        return scorer->features(image, stop);
      },
      [](Napi::Env result_env, const PictureFeatures& features) { return to_js(result_env, features); });
}

void ModelWrap::dispose(const Napi::CallbackInfo& info) {
  release();
  account(info.Env(), 0);
}

}  // namespace dinomaly::addon
