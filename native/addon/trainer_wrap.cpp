#include "trainer_wrap.h"

#include <ATen/ATen.h>

#include <chrono>

#include "convert.h"
#include "core/model_file.h"
#include "core/weights/safetensors.h"
#include "instance.h"
#include "job.h"
#include "model_wrap.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

const ErrorInfo kTrainerDisposed{"DISPOSED", "The trainer was disposed"};

struct TimedStep {
  StepReport report;
  double compute_ms;
};

TimedStep timed_step(Trainer& trainer, const std::vector<IndexedImage>& images, const StopToken& stop) {
  const auto started = std::chrono::steady_clock::now();
  const StepReport report = trainer.step(images, stop);
  return {report, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count()};
}

Napi::Value to_js(Napi::Env env, const TimedStep& timed) {
  const StepReport& report = timed.report;
  auto result = Napi::Object::New(env);
  result.Set("step", static_cast<double>(report.step));
  result.Set("loss", report.loss);
  result.Set("gradNorm", report.grad_norm);
  result.Set("learningRate", report.learning_rate);
  result.Set("easyFraction", report.easy_fraction);
  result.Set("skipped", report.skipped);
  result.Set("images", static_cast<double>(report.images));
  result.Set("computeMs", timed.compute_ms);
  return result;
}

}  // namespace

Napi::Function TrainerWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeTrainer",
                     {InstanceMethod<&TrainerWrap::begin>("begin"), InstanceMethod<&TrainerWrap::needed>("needed"),
                      InstanceMethod<&TrainerWrap::step>("step"), InstanceMethod<&TrainerWrap::model>("model"),
                      InstanceMethod<&TrainerWrap::save>("save"), InstanceMethod<&TrainerWrap::dispose>("dispose")});
}

Napi::Object TrainerWrap::create(Napi::Env env, std::shared_ptr<Trainer> trainer, c10::Device device) {
  const Napi::Object object = Instance::of(env).trainer.New({});
  TrainerWrap* self = Unwrap(object);
  self->environment_ = Environment::of(env);
  self->trainer_ = std::move(trainer);
  self->executor_ = &Executor::of(device);
  return object;
}

Trainer& TrainerWrap::checked(Napi::Env env) const {
  if (!trainer_) throw to_js(env, kTrainerDisposed);
  return *trainer_;
}

Napi::Value TrainerWrap::begin(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!trainer_) return rejected(env, kTrainerDisposed);
  return start_job(
      env, *executor_, {}, {},
      [trainer = trainer_, run = to_run_config(info[0])](const StopToken&) {
        trainer->begin(run);
        return true;
      },
      [](Napi::Env result_env, bool) { return result_env.Undefined(); });
}

Napi::Value TrainerWrap::needed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto indices = checked(env).needed(info[0].ToNumber().Int64Value());
  if (!indices) return env.Undefined();
  auto result = Napi::Array::New(env, indices->size());
  for (uint32_t i = 0; i < indices->size(); ++i) result.Set(i, static_cast<double>((*indices)[i]));
  return result;
}

Napi::Value TrainerWrap::step(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!trainer_) return rejected(env, kTrainerDisposed);
  const auto indices = info[0].As<Napi::Array>();
  const auto pictures = info[1].As<Napi::Array>();
  std::vector<IndexedImage> images;
  std::vector<Napi::Object> pins;
  for (uint32_t i = 0; i < pictures.Length(); ++i) {
    images.push_back({indices.Get(i).ToNumber().Int64Value(), to_image_view(pictures.Get(i))});
    pins.push_back(pictures.Get(i).As<Napi::Object>().Get("data").As<Napi::Object>());
  }
  return start_job(
      env, *executor_, StopWrap::token(info[2]), pins,
      [trainer = trainer_, images = std::move(images)](const StopToken& stop) {
        return timed_step(*trainer, images, stop);
      },
      [](Napi::Env result_env, const TimedStep& timed) { return to_js(result_env, timed); });
}

Napi::Value TrainerWrap::model(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!trainer_) return rejected(env, kTrainerDisposed);
  const auto options = info[1].As<Napi::Object>();
  const c10::Device device = to_device(options);
  return start_job(
      env, *executor_, {}, {},
      [trainer = trainer_, geometry = to_geometry(info[0]), device,
       precision = to_precision(options)](const StopToken&) {
        Network snapshot = trainer->network();
        snapshot.detach_copy();
        return std::make_shared<const Scorer>(std::move(snapshot), geometry, device, precision);
      },
      [device, limits = to_queue_limits(options)](Napi::Env result_env, const std::shared_ptr<const Scorer>& scorer) {
        return ModelWrap::create(result_env, scorer, device, limits);
      });
}

Napi::Value TrainerWrap::save(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!trainer_) return rejected(env, kTrainerDisposed);
  // Writing holds no score up. The tensors are the trainer's own: lib/ starts no step before they are written.
  return start_prepared_job(
      env, *executor_, Executor::files(), {},
      [trainer = trainer_](const StopToken&) { return model_tensors(trainer->network()); },
      [trainer = trainer_, path = info[0].ToString().Utf8Value(), metadata = to_metadata(info[1])](
          const TensorMap& tensors, const StopToken&) {
        write_safetensors(path, tensors, metadata);
        return true;
      },
      [](Napi::Env result_env, bool) { return result_env.Undefined(); });
}

void TrainerWrap::release() {
  if (trainer_) environment_->release(*executor_, std::move(trainer_));
}

void TrainerWrap::Finalize(Napi::BasicEnv) { release(); }

void TrainerWrap::dispose(const Napi::CallbackInfo&) { release(); }

}  // namespace dinomaly::addon
