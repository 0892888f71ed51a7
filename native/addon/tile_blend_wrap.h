// `NativeTileBlend` of lib/binding/map-types.ts. Its jobs run one after the other on the executor, in the order of the
// calls.
#pragma once

#include <memory>

#include "core/maps/tile_blend.h"
#include "napi_setup.h"

namespace dinomaly::addon {

class TileBlendWrap : public Napi::ObjectWrap<TileBlendWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  // (down, across, tileHeight, tileWidth)
  explicit TileBlendWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);

  std::shared_ptr<TileBlend> blend_;
};

}  // namespace dinomaly::addon
