// `NativeMetricsStream` of lib/binding/types.ts. Its jobs run one after the other on the executor, in the order of the
// calls.
#pragma once

#include <memory>

#include "core/metrics/metrics_stream.h"
#include "napi_setup.h"

namespace dinomaly::addon {

class MetricsStreamWrap : public Napi::ObjectWrap<MetricsStreamWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  // (height, width, maskLimit, maxBytes)
  explicit MetricsStreamWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value metrics(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  // Empty once disposed. Jobs under way share it, so the counters go with the last of them.
  std::shared_ptr<MetricsStream> stream_;
};

}  // namespace dinomaly::addon
