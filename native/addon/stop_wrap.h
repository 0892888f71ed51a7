// `Stop`: the JavaScript handle of a StopSource. lib/ connects it to an AbortSignal.
#pragma once

#include "core/stop_token.h"
#include "napi_setup.h"

namespace dinomaly::addon {

class StopWrap : public Napi::ObjectWrap<StopWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit StopWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StopWrap>(info) {}

  // The token of an optional argument: a Stop, or undefined for one that never stops.
  static StopToken token(const Napi::Value& value);

 private:
  void stop(const Napi::CallbackInfo&) { source_.request_stop(); }

  StopSource source_;
};

}  // namespace dinomaly::addon
