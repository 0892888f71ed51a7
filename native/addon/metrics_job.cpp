#include "metrics_job.h"

#include "core/error.h"
#include "core/metrics/quantiles.h"
#include "core/metrics/seven_metrics.h"
#include "executor.h"
#include "job.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

// Arrays stay where they are: `pins` keeps each alive until the job has settled.
template <typename Array, typename Element>
std::vector<std::span<const Element>> view_arrays(const Napi::Value& value, std::vector<Napi::Object>& pins) {
  const auto list = value.As<Napi::Array>();
  std::vector<std::span<const Element>> views;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const auto array = list.Get(i).As<Array>();
    views.emplace_back(array.Data(), array.ElementLength());
    pins.push_back(array);
  }
  return views;
}

std::vector<double> numbers(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<double> result;
  for (uint32_t i = 0; i < list.Length(); ++i) result.push_back(list.Get(i).ToNumber().DoubleValue());
  return result;
}

MetricsInput to_metrics_input(const Napi::Object& object, std::vector<Napi::Object>& pins) {
  MetricsInput input;
  input.maps = view_arrays<Napi::Float32Array, float>(object.Get("maps"), pins);
  input.masks = view_arrays<Napi::Uint8Array, uint8_t>(object.Get("masks"), pins);
  input.height = object.Get("height").ToNumber().Int64Value();
  input.width = object.Get("width").ToNumber().Int64Value();
  for (double label : numbers(object.Get("labels"))) input.labels.push_back(label != 0 ? 1 : 0);
  input.scores = numbers(object.Get("scores"));
  return input;
}

Napi::Value to_js(Napi::Env env, const SevenMetrics& metrics) {
  auto result = Napi::Object::New(env);
  const auto set = [&](const char* name, const std::optional<double>& value) {
    result.Set(name, value ? Napi::Number::New(env, *value) : env.Null());
  };
  set("imageAuroc", metrics.image_auroc);
  set("imageAp", metrics.image_ap);
  set("imageF1Max", metrics.image_f1_max);
  set("pixelAuroc", metrics.pixel_auroc);
  set("pixelAp", metrics.pixel_ap);
  set("pixelF1Max", metrics.pixel_f1_max);
  set("aupro", metrics.aupro);
  return result;
}

Executor& cpu() { return Executor::of(c10::Device(c10::kCPU)); }

}  // namespace

Napi::Value compute_metrics_job(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  MetricsInput input = to_metrics_input(info[0].As<Napi::Object>(), pins);
  return start_job(
      info.Env(), cpu(), StopWrap::token(info[1]), pins,
      [input = std::move(input)](const StopToken& stop) { return compute_seven_metrics(input, stop); },
      [](Napi::Env env, const SevenMetrics& metrics) { return to_js(env, metrics); });
}

Napi::Value quantiles_job(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  auto arrays = view_arrays<Napi::Float32Array, float>(info[0], pins);
  return start_job(
      info.Env(), cpu(), {}, pins,
      [arrays = std::move(arrays), q = numbers(info[1])](const StopToken&) { return quantiles(arrays, q); },
      [](Napi::Env env, const std::vector<double>& values) {
        auto result = Napi::Array::New(env, values.size());
        for (uint32_t i = 0; i < values.size(); ++i) result.Set(i, values[i]);
        return Napi::Value(result);
      });
}

}  // namespace dinomaly::addon
