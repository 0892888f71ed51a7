#include "errors.h"

#include <new>

#include "core/torch_error.h"

namespace dinomaly::addon {

ErrorInfo describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return {known.code(), known.what()};
  } catch (const c10::Error& torch) {
    const Error known = from_torch(torch);
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
