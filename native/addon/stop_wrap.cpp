#include "stop_wrap.h"

namespace dinomaly::addon {

Napi::Function StopWrap::define(Napi::Env env) {
  return DefineClass(env, "Stop",
                     {InstanceMethod<&StopWrap::stop>("stop"), InstanceMethod<&StopWrap::withdraw>("withdraw")});
}

StopToken StopWrap::token(const Napi::Value& value) {
  return value.IsObject() ? Unwrap(value.As<Napi::Object>())->source_.token() : StopToken();
}

void StopWrap::waits(const Napi::Value& value, std::function<bool()> withdraw) {
  if (value.IsObject()) Unwrap(value.As<Napi::Object>())->withdraw_ = std::move(withdraw);
}

void StopWrap::stop(const Napi::CallbackInfo&) {
  source_.request_stop();
  if (withdraw_) withdraw_();
}

Napi::Value StopWrap::withdraw(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), withdraw_ && withdraw_());
}

}  // namespace dinomaly::addon
