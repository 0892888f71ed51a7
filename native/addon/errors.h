// From C++ exceptions to JavaScript errors: every rejection has a stable `code` and one message.
#pragma once

#include <exception>
#include <string>

#include "napi_setup.h"

namespace dinomaly::addon {

struct ErrorInfo {
  std::string code;
  std::string message;
};

// Any thread.
ErrorInfo describe(const std::exception_ptr& error);

Napi::Error to_js(Napi::Env env, const ErrorInfo& error);

// A rejected promise, for errors that are known before a job starts.
Napi::Promise rejected(Napi::Env env, const ErrorInfo& error);

}  // namespace dinomaly::addon
