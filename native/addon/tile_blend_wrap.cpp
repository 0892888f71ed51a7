#include "tile_blend_wrap.h"

#include <ATen/ATen.h>

#include "convert.h"
#include "executor.h"
#include "job.h"
#include "map_convert.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

std::vector<AxisPlacement> to_axes(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<AxisPlacement> axes;
  for (uint32_t i = 0; i < list.Length(); ++i) axes.push_back(to_axis(list.Get(i)));
  return axes;
}

Napi::Value to_js(Napi::Env env, const TileBlend::Blended& blended) {
  auto result = Napi::Object::New(env);
  result.Set("score", blended.hottest.scores.item<double>());
  result.Set("floor", blended.hottest.floors.item<double>());
  result.Set("peak", blended.hottest.peaks.item<double>());
  result.Set("map", to_float32_array(env, blended.map));
  result.Set("height", static_cast<double>(blended.map.size(0)));
  result.Set("width", static_cast<double>(blended.map.size(1)));
  return result;
}

}  // namespace

Napi::Function TileBlendWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeTileBlend",
                     {InstanceMethod<&TileBlendWrap::add>("add"), InstanceMethod<&TileBlendWrap::finish>("finish")});
}

TileBlendWrap::TileBlendWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TileBlendWrap>(info) {
  const auto integer = [&](size_t argument) { return info[argument].ToNumber().Int64Value(); };
  try {
    blend_ = std::make_shared<TileBlend>(to_axes(info[0]), to_axes(info[1]), integer(2), integer(3));
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw dinomaly::addon::to_js(info.Env(), describe(std::current_exception()));
  }
}

Napi::Value TileBlendWrap::add(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  const MapView map = to_map_view(info[1], &pins);
  return start_job(
      info.Env(), Executor::maps(), StopWrap::token(info[2]), pins,
      [blend = blend_, tile = info[0].ToNumber().Int64Value(), map](const StopToken&) {
        blend->add(tile, map);
        return true;
      },
      [](Napi::Env env, bool) { return env.Undefined(); });
}

Napi::Value TileBlendWrap::finish(const Napi::CallbackInfo& info) {
  return start_job(
      info.Env(), Executor::maps(), StopWrap::token(info[2]), {},
      [blend = blend_, ratio = info[0].ToNumber().DoubleValue(),
       counted = info[1].ToNumber().Int64Value()](const StopToken&) { return blend->finish(ratio, counted); },
      [](Napi::Env env, const TileBlend::Blended& blended) { return to_js(env, blended); });
}

}  // namespace dinomaly::addon
