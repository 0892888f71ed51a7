#include "map_convert.h"

#include "options.h"

namespace dinomaly::addon {

MapView to_map_view(const Napi::Value& value, std::vector<Napi::Object>* pins) {
  const auto object = value.As<Napi::Object>();
  const auto values = object.Get("map").As<Napi::Float32Array>();
  const MapView view{.data = values.Data(), .height = integer(object, "height"), .width = integer(object, "width")};
  if (view.height < 1 || view.width < 1 || static_cast<int64_t>(values.ElementLength()) != view.height * view.width) {
    throw Napi::RangeError::New(object.Env(), "Expected height * width values of a map");
  }
  pins->push_back(values);
  return view;
}

AxisPlacement to_axis(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {.size = integer(object, "size"),
          .begin = integer(object, "begin"),
          .end = integer(object, "end"),
          .scale = number(object, "scale"),
          .shift = number(object, "shift")};
}

}  // namespace dinomaly::addon
