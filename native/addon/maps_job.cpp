#include "maps_job.h"

#include <ATen/ATen.h>

#include "convert.h"
#include "core/error.h"
#include "core/maps/anomalous_regions.h"
#include "core/maps/encode.h"
#include "core/maps/overlay.h"
#include "core/maps/place.h"
#include "executor.h"
#include "job.h"
#include "map_convert.h"
#include "options.h"
#include "stop_wrap.h"

namespace dinomaly::addon {
namespace {

// Four corners' coordinates a segment.
std::vector<Segment> to_segments(const Napi::Value& value) {
  const auto words = value.As<Napi::Int32Array>();
  std::vector<Segment> segments(words.ElementLength() / 4);
  for (size_t i = 0; i < segments.size(); ++i) {
    const int32_t* word = words.Data() + 4 * i;
    segments[i] = {word[0], word[1], word[2], word[3]};
  }
  return segments;
}

struct Placement {
  AxisPlacement down, across;
};

Placement to_placement(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {to_axis(object.Get("down")), to_axis(object.Get("across"))};
}

template <typename Array, typename Get>
Array column(Napi::Env env, const RegionList& list, const Get& get) {
  auto array = Array::New(env, list.regions.size());
  for (size_t i = 0; i < list.regions.size(); ++i) array[i] = get(list.regions[i]);
  return array;
}

void append_polygon(const Polygon& polygon, std::vector<int32_t>* words) {
  words->push_back(static_cast<int32_t>(polygon.rings.size()));
  for (const Ring& ring : polygon.rings) {
    words->push_back(static_cast<int32_t>(ring.size()));
    for (const PixelCorner& point : ring) words->insert(words->end(), {point.x, point.y});
  }
}

// Region by region: the number of polygons, or -1 for none; of each the number of rings; of each the number of points
// and the points.
Napi::Int32Array contours(Napi::Env env, const RegionList& list) {
  std::vector<int32_t> words;
  for (const AnomalousRegion& region : list.regions) {
    words.push_back(region.contour ? static_cast<int32_t>(region.contour->size()) : -1);
    if (!region.contour) continue;
    for (const Polygon& polygon : *region.contour) append_polygon(polygon, &words);
  }
  auto array = Napi::Int32Array::New(env, words.size());
  std::copy(words.begin(), words.end(), array.Data());
  return array;
}

Napi::Value to_js(Napi::Env env, const RegionList& list) {
  using Region = const AnomalousRegion&;
  auto result = Napi::Object::New(env);
  const auto integers = [&](const char* name, auto get) { result.Set(name, column<Napi::Int32Array>(env, list, get)); };
  const auto reals = [&](const char* name, auto get) { result.Set(name, column<Napi::Float64Array>(env, list, get)); };
  integers("left", [](Region region) { return region.left; });
  integers("top", [](Region region) { return region.top; });
  integers("width", [](Region region) { return region.width; });
  integers("height", [](Region region) { return region.height; });
  integers("peakX", [](Region region) { return region.peak_x; });
  integers("peakY", [](Region region) { return region.peak_y; });
  reals("area", [](Region region) { return static_cast<double>(region.area); });
  reals("peak", [](Region region) { return static_cast<double>(region.peak); });
  reals("mean", [](Region region) { return region.mean; });
  result.Set("contours", contours(env, list));
  result.Set("found", static_cast<double>(list.found));
  return result;
}

}  // namespace

Napi::Value place_map_job(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  const MapView map = to_map_view(info[0], &pins);
  return start_job(
      info.Env(), Executor::maps(), StopWrap::token(info[2]), pins,
      [map, placement = to_placement(info[1])](const StopToken& stop) {
        at::Tensor placed = at::empty({placement.down.size, placement.across.size}, at::kFloat);
        place_map(map, placement.down, placement.across, placed.data_ptr<float>(), stop);
        return placed;
      },
      [](Napi::Env env, const at::Tensor& placed) { return to_float32_array(env, placed); });
}

Napi::Value overlay_map_job(const Napi::CallbackInfo& info) {
  const auto colours = info[3].As<Napi::Object>();
  const auto table = colours.Get("table").As<Napi::Uint8Array>();
  std::vector<Napi::Object> pins{info[0].As<Napi::Object>().Get("data").As<Napi::Object>(), table};
  const MapView map = to_map_view(info[1], &pins);
  const ColourScale scale{
      .low = number(colours, "low"), .high = number(colours, "high"), .table = {table.Data(), table.ElementLength()}};
  return start_job(
      info.Env(), Executor::maps(), StopWrap::token(info[4]), pins,
      [picture = to_image_view(info[0]), map, placement = to_placement(info[2]), scale,
       stripe = integer(colours, "stripe"), segments = to_segments(colours.Get("segments")),
       line = integer(colours, "line")](const StopToken& stop) {
        at::Tensor drawn = at::empty({picture.height, picture.width, 3}, at::kByte);
        overlay_map(picture, map, placement.down, placement.across, scale, stripe, drawn.data_ptr<uint8_t>(), stop);
        draw_segments(segments, line, picture.height, picture.width, drawn.data_ptr<uint8_t>(), stop);
        return drawn;
      },
      [](Napi::Env env, const at::Tensor& drawn) { return to_uint8_array(env, drawn); });
}

Napi::Value find_regions_job(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  const MapView map = to_map_view(info[0], &pins);
  const auto given = info[1].As<Napi::Object>();
  const RegionOptions options{.threshold = number(given, "threshold"),
                              .min_area = integer(given, "minArea"),
                              .max_regions = integer(given, "maxRegions"),
                              .max_corners = integer(given, "maxCorners")};
  return start_job(
      info.Env(), Executor::maps(), StopWrap::token(info[2]), pins,
      [map, options](const StopToken& stop) { return find_anomalous_regions(map, options, stop); },
      [](Napi::Env env, const RegionList& list) { return to_js(env, list); });
}

Napi::Value encode_map_job(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> pins;
  const MapView map = to_map_view(info[0], &pins);
  const auto given = info[1].As<Napi::Object>();
  const MapEncoder encoder{.encoding = choice(kMapEncodingWords, given, "encoding"),
                           .low = number(given, "low"),
                           .high = number(given, "high"),
                           .fill = static_cast<float>(number(given, "fill"))};
  return start_job(
      info.Env(), Executor::maps(), StopWrap::token(info[2]), pins,
      [map, encoder](const StopToken& stop) {
        const int64_t count = map.height * map.width;
        at::Tensor bytes = at::empty({count * encoded_bytes(encoder.encoding)}, at::kByte);
        encode_map({map.data, static_cast<size_t>(count)}, encoder, bytes.data_ptr<uint8_t>(), stop);
        return bytes;
      },
      [](Napi::Env env, const at::Tensor& bytes) { return to_uint8_array(env, bytes); });
}

}  // namespace dinomaly::addon
