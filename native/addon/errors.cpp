#include "errors.h"

#include <c10/util/Exception.h>

#include <new>

#include "core/error.h"

namespace dinomaly::addon {
namespace {

constexpr const char* kOutOfMemory =
    "Not enough memory; use a smaller batch, a smaller picture size or a smaller encoder";

// libtorch reports a failed CPU allocation as a plain error with this text.
bool is_allocation_failure(const c10::Error& error) {
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         std::string(error.what_without_backtrace()).find("not enough memory") != std::string::npos ||
         std::string(error.what_without_backtrace()).find("can't allocate memory") != std::string::npos;
}

}  // namespace

ErrorInfo describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return {known.code(), known.what()};
  } catch (const c10::Error& torch) {
    if (is_allocation_failure(torch)) return {"OUT_OF_MEMORY", kOutOfMemory};
    return {"INTERNAL", torch.what_without_backtrace()};
  } catch (const std::bad_alloc&) {
    return {"OUT_OF_MEMORY", kOutOfMemory};
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
