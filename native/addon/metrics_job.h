// `computeMetrics` and `quantiles`: typed arrays in, numbers out.
#pragma once

#include "napi_setup.h"

namespace dinomaly::addon {

Napi::Value compute_metrics_job(const Napi::CallbackInfo& info);
Napi::Value quantiles_job(const Napi::CallbackInfo& info);

}  // namespace dinomaly::addon
