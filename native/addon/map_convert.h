// Between JavaScript and the core's maps.
#pragma once

#include <vector>

#include "core/maps/place.h"
#include "napi_setup.h"

namespace dinomaly::addon {

// NativeMap of lib/binding/map-types.ts. The values stay where they are: `pins` keeps them alive until the job has
// settled.
MapView to_map_view(const Napi::Value& value, std::vector<Napi::Object>* pins);

// NativeAxis of lib/binding/map-types.ts.
AxisPlacement to_axis(const Napi::Value& value);

}  // namespace dinomaly::addon
