#include "metrics_stream_wrap.h"

#include "executor.h"
#include "job.h"
#include "metrics_convert.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

const ErrorInfo kStreamDisposed{"DISPOSED", "The metrics stream was disposed"};

}  // namespace

Napi::Function MetricsStreamWrap::define(Napi::Env env) {
  return DefineClass(
      env, "NativeMetricsStream",
      {InstanceMethod<&MetricsStreamWrap::add>("add"), InstanceMethod<&MetricsStreamWrap::metrics>("metrics"),
       InstanceMethod<&MetricsStreamWrap::dispose>("dispose")});
}

MetricsStreamWrap::MetricsStreamWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<MetricsStreamWrap>(info) {
  const auto integer = [&](size_t argument) { return info[argument].ToNumber().Int64Value(); };
  stream_ = std::make_shared<MetricsStream>(integer(0), integer(1), static_cast<uint8_t>(integer(2)), integer(3));
}

Napi::Value MetricsStreamWrap::add(const Napi::CallbackInfo& info) {
  if (!stream_) return rejected(info.Env(), kStreamDisposed);
  std::vector<Napi::Object> pins;
  MetricsInput input = to_pictures(info[0].As<Napi::Object>(), pins);
  return start_job(
      info.Env(), Executor::metrics(), StopWrap::token(info[1]), pins,
      [stream = stream_, input = std::move(input)](const StopToken& stop) {
        stream->add(input, {stop, {}});
        return stream->pictures();
      },
      [](Napi::Env env, int64_t pictures) { return Napi::Number::New(env, static_cast<double>(pictures)); });
}

Napi::Value MetricsStreamWrap::metrics(const Napi::CallbackInfo& info) {
  if (!stream_) return rejected(info.Env(), kStreamDisposed);
  return start_reporting_job(
      info.Env(), Executor::metrics(), StopWrap::token(info[1]), {}, info[2],
      [stream = stream_, points = info[0].ToNumber().Int32Value()](
          const StopToken& stop, const ReportProgress& report) { return stream->metrics(points, {stop, report}); },
      [](Napi::Env env, const ClassMetrics& metrics) { return to_js(env, metrics); });
}

void MetricsStreamWrap::dispose(const Napi::CallbackInfo&) { stream_.reset(); }

}  // namespace dinomaly::addon
