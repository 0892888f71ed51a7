#include "stop_wrap.h"

namespace dinomaly::addon {

Napi::Function StopWrap::define(Napi::Env env) {
  return DefineClass(env, "Stop", {InstanceMethod<&StopWrap::stop>("stop")});
}

StopToken StopWrap::token(const Napi::Value& value) {
  return value.IsObject() ? Unwrap(value.As<Napi::Object>())->source_.token() : StopToken();
}

}  // namespace dinomaly::addon
