// Between JavaScript and the metrics of the core.
#pragma once

#include <vector>

#include "core/metrics/class_metrics.h"
#include "napi_setup.h"

namespace dinomaly::addon {

// Typed arrays stay where they are: `pins` keeps each alive until the job has settled.
template <typename Array, typename Element>
std::vector<std::span<const Element>> view_arrays(const Napi::Value& value, std::vector<Napi::Object>& pins) {
  const auto list = value.As<Napi::Array>();
  std::vector<std::span<const Element>> views;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const auto array = list.Get(i).As<Array>();
    views.emplace_back(array.Data(), array.ElementLength());
    pins.push_back(array);
  }
  return views;
}

// NativePictures of lib/binding/types.ts: maps and masks viewed, labels and scores copied.
MetricsInput to_pictures(const Napi::Object& object, std::vector<Napi::Object>& pins);

// NativeMetrics of lib/binding/types.ts.
Napi::Value to_js(Napi::Env env, const ClassMetrics& metrics);

}  // namespace dinomaly::addon
