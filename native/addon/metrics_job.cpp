#include "metrics_job.h"

#include "core/metrics/class_metrics.h"
#include "core/metrics/quantiles.h"
#include "executor.h"
#include "job.h"
#include "metrics_convert.h"
#include "options.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

std::vector<double> numbers(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<double> result;
  for (uint32_t i = 0; i < list.Length(); ++i) result.push_back(list.Get(i).ToNumber().DoubleValue());
  return result;
}

}  // namespace

Napi::Value compute_metrics_job(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  const auto object = info[0].As<Napi::Object>();
  MetricsInput input = to_pictures(object, pins);
  input.height = integer(object, "height");
  input.width = integer(object, "width");
  input.mask_limit = static_cast<uint8_t>(integer(object, "maskLimit"));
  return start_reporting_job(
      info.Env(), Executor::metrics(), StopWrap::token(info[2]), pins, info[3],
      [input = std::move(input), points = info[1].ToNumber().Int32Value()](const StopToken& stop,
                                                                           const ReportProgress& report) {
        return compute_metrics(input, points, {stop, report});
      },
      [](Napi::Env env, const ClassMetrics& metrics) { return to_js(env, metrics); });
}

Napi::Value quantiles_job(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  auto arrays = view_arrays<Napi::Float32Array, float>(info[0], pins);
  return start_job(
      info.Env(), Executor::maps(), {}, pins,
      [arrays = std::move(arrays), q = numbers(info[1])](const StopToken&) { return quantiles(arrays, q); },
      [](Napi::Env env, const std::vector<double>& values) {
        auto result = Napi::Array::New(env, values.size());
        for (uint32_t i = 0; i < values.size(); ++i) result.Set(i, values[i]);
        return Napi::Value(result);
      });
}

}  // namespace dinomaly::addon
