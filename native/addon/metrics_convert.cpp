#include "metrics_convert.h"

#include "options.h"

namespace dinomaly::addon {
namespace {

using Named = std::pair<const char*, const std::optional<Estimate>&>;

Napi::Value number_or_null(Napi::Env env, const std::optional<double>& value) {
  return value ? Napi::Number::New(env, *value) : env.Null();
}

void set_estimates(Napi::Object values, Napi::Object bounds, const std::vector<Named>& estimates) {
  const Napi::Env env = values.Env();
  for (const auto& [name, estimate] : estimates) {
    values.Set(name, estimate ? Napi::Number::New(env, estimate->value) : env.Null());
    bounds.Set(name, estimate ? estimate->bound : 0.0);
  }
}

Napi::Value to_js(Napi::Env env, const Curve& curve) {
  if (!curve) return env.Null();
  auto x = Napi::Array::New(env, curve->size()), y = Napi::Array::New(env, curve->size()),
       threshold = Napi::Array::New(env, curve->size());
  for (uint32_t i = 0; i < curve->size(); ++i) {
    const CurvePoint& point = (*curve)[i];
    x.Set(i, point.x);
    y.Set(i, point.y);
    threshold.Set(i, point.threshold);
  }
  auto result = Napi::Object::New(env);
  result.Set("x", x);
  result.Set("y", y);
  result.Set("threshold", threshold);
  return result;
}

Napi::Object curves(Napi::Env env, const ClassMetrics& metrics) {
  auto result = Napi::Object::New(env);
  result.Set("imageRoc", to_js(env, metrics.image.roc));
  result.Set("imagePr", to_js(env, metrics.image.pr));
  result.Set("pixelRoc", to_js(env, metrics.pixel.roc));
  result.Set("pixelPr", to_js(env, metrics.pixel.pr));
  result.Set("pro", to_js(env, metrics.pro.curve));
  return result;
}

Napi::Object counts(Napi::Env env, const ClassMetrics& metrics) {
  auto result = Napi::Object::New(env);
  result.Set("images", static_cast<double>(metrics.images));
  result.Set("anomalousImages", static_cast<double>(metrics.anomalous_images));
  result.Set("anomalousPixels", metrics.pixels.positives);
  result.Set("normalPixels", metrics.pixels.negatives);
  result.Set("regions", static_cast<double>(metrics.regions));
  return result;
}

Napi::Value segmentation(Napi::Env env, const ClassMetrics& metrics) {
  if (!metrics.segmentation) return env.Null();
  auto result = Napi::Object::New(env);
  result.Set("truePositives", static_cast<double>(metrics.segmentation->true_positives));
  result.Set("falsePositives", static_cast<double>(metrics.segmentation->false_positives));
  result.Set("falseNegatives", static_cast<double>(metrics.segmentation->false_negatives));
  return result;
}

template <typename Array, typename T>
void assign_unless_null(const Napi::Object& object, const char* key, std::vector<T>* values) {
  const Napi::Value value = required(object, key);
  if (value.IsNull()) return;
  if (!value.IsTypedArray()) {
    throw Napi::TypeError::New(object.Env(), std::string("Expected a typed array or null for native option ") + key);
  }
  const auto array = value.As<Array>();
  values->assign(array.Data(), array.Data() + array.ElementLength());
}

}  // namespace

MetricsInput to_pictures(const Napi::Object& object, std::vector<Napi::Object>& pins) {
  MetricsInput input;
  input.maps = view_arrays<Napi::Float32Array, float>(object.Get("maps"), pins);
  input.masks = view_arrays<Napi::Uint8Array, uint8_t>(object.Get("masks"), pins);
  if (object.Has("widths")) input.widths = integers(object, "widths");
  if (object.Has("threshold")) input.threshold = number(object, "threshold");
  assign_unless_null<Napi::Uint8Array>(object, "labels", &input.labels);
  assign_unless_null<Napi::Float64Array>(object, "scores", &input.scores);
  return input;
}

Napi::Value to_js(Napi::Env env, const ClassMetrics& metrics) {
  auto values = Napi::Object::New(env), bounds = Napi::Object::New(env), result = Napi::Object::New(env);
  set_estimates(values, bounds,
                {{"imageAuroc", metrics.image.auroc},
                 {"imageAp", metrics.image.ap},
                 {"imageF1Max", metrics.image.f1_max},
                 {"pixelAuroc", metrics.pixel.auroc},
                 {"pixelAp", metrics.pixel.ap},
                 {"pixelF1Max", metrics.pixel.f1_max},
                 {"aupro", metrics.aupro},
                 {"auproExact", metrics.pro.area30},
                 {"aupro05", metrics.pro.area05},
                 {"proAtFpr05", metrics.pro.at05}});
  result.Set("values", values);
  result.Set("bounds", bounds);
  result.Set("imageF1Threshold", number_or_null(env, metrics.image.f1_threshold));
  result.Set("pixelF1Threshold", number_or_null(env, metrics.pixel.f1_threshold));
  result.Set("curves", curves(env, metrics));
  result.Set("counts", counts(env, metrics));
  result.Set("segmentation", segmentation(env, metrics));
  result.Set("lowest", static_cast<double>(metrics.lowest));
  result.Set("highest", static_cast<double>(metrics.highest));
  result.Set("droppedBits", metrics.dropped_bits);
  return result;
}

}  // namespace dinomaly::addon
