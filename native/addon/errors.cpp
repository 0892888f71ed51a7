#include "errors.h"

#include <new>

#include "core/device.h"
#include "core/torch_error.h"

namespace dinomaly::addon {
namespace {

// The next job finds what this one has left, and is not to fail for it.
void make_room() {
  try {
    release_kept_device_memory();
  } catch (const c10::Error&) {
    // A device that is lost: the next job tells of it.
  }
}

}  // namespace

ErrorInfo describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return {known.code(), known.what()};
  } catch (const c10::Error& torch) {
    const Error known = from_torch(torch);
    if (known.code() == "OUT_OF_MEMORY") make_room();
    return {known.code(), known.what()};
  } catch (const std::bad_alloc&) {
    return {"OUT_OF_MEMORY",
            "There is not enough memory. Use a smaller batch, a smaller picture size or a smaller encoder"};
  } catch (const std::exception& other) {
    return {"INTERNAL", other.what()};
  } catch (...) {
    return {"INTERNAL", "An unknown native error"};
  }
}

Napi::Error to_js(Napi::Env env, const ErrorInfo& error) {
  Napi::Error value = Napi::Error::New(env, error.message);
  value.Set("code", Napi::String::New(env, error.code));
  return value;
}

Napi::Promise rejected(Napi::Env env, const ErrorInfo& error) {
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Reject(to_js(env, error).Value());
  return deferred.Promise();
}

}  // namespace dinomaly::addon
