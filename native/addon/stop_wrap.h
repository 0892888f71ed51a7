// `Stop`: the JavaScript handle of a StopSource. lib/ connects it to an AbortSignal.
#pragma once

#include <functional>

#include "core/stop_token.h"
#include "napi_setup.h"

namespace dinomaly::addon {

class StopWrap : public Napi::ObjectWrap<StopWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit StopWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StopWrap>(info) {}

  // The token of an optional argument: a Stop, or undefined for one that never stops.
  static StopToken token(const Napi::Value& value);

  // From now on the job of an optional argument waits in a queue: `withdraw` takes it out, and says whether it could.
  static void waits(const Napi::Value& value, std::function<bool()> withdraw);

 private:
  void stop(const Napi::CallbackInfo&);
  Napi::Value withdraw(const Napi::CallbackInfo& info);

  StopSource source_;
  std::function<bool()> withdraw_;
};

}  // namespace dinomaly::addon
