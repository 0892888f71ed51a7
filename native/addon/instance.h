// What the addon keeps for one Node environment: its jobs and the constructors of its classes.
#pragma once

#include <memory>

#include "environment.h"
#include "napi_setup.h"

namespace dinomaly::addon {

struct Instance {
  std::shared_ptr<Environment> environment;
  Napi::FunctionReference model;
  Napi::FunctionReference trainer;

  static Instance& of(Napi::Env env) { return *env.GetInstanceData<Instance>(); }
};

}  // namespace dinomaly::addon
