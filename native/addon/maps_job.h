// Maps in the pixels of pictures: placed, drawn, cut into regions, encoded.
#pragma once

#include "napi_setup.h"

namespace dinomaly::addon {

Napi::Value place_map_job(const Napi::CallbackInfo& info);
Napi::Value overlay_map_job(const Napi::CallbackInfo& info);
Napi::Value find_regions_job(const Napi::CallbackInfo& info);
Napi::Value encode_map_job(const Napi::CallbackInfo& info);

}  // namespace dinomaly::addon
