// What `require` of the addon gives: NativeBinding of lib/binding/types.ts.
#include <ATen/ATen.h>
#include <torch/version.h>

#include <optional>

#include "convert.h"
#include "core/costs.h"
#include "core/inference/graphs.h"
#include "core/machine.h"
#include "core/metrics/quantiles.h"
#include "core/model_file.h"
#include "core/train/trainer.h"
#include "core/weights/weights_file.h"
#include "core/words.h"
#include "instance.h"
#include "job.h"
#include "maps_job.h"
#include "metrics_job.h"
#include "metrics_stream_wrap.h"
#include "model_wrap.h"
#include "stop_wrap.h"
#include "tile_blend_wrap.h"
#include "trainer_wrap.h"

namespace dinomaly::addon {
namespace {

Napi::Value open_cuda(const Napi::CallbackInfo& info) {
  try {
    open_cuda_library(info[0].ToString().Utf8Value());
  } catch (const Error& error) {
    throw to_js(info.Env(), {error.code(), error.what()});
  }
  return info.Env().Undefined();
}

Napi::Value precision_support(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const c10::Device device(info[0].ToString().Utf8Value());
  auto result = Napi::Object::New(env);
  result.Set("bf16", supports(device, Precision::kBfloat16));
  result.Set("int8", supports(device, Precision::kInt8));
  return result;
}

Napi::Value cuda_available(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), at::hasCUDA()); }

Napi::Value inspect_file(const Napi::CallbackInfo& info) {
  return start_job(
      info.Env(), Executor::files(), {}, {},
      [path = info[0].ToString().Utf8Value()](const StopToken&) { return inspect_weights(path); },
      [](Napi::Env env, const FileInfo& file) { return from_file_info(env, file); });
}

Napi::Value load_model(const Napi::CallbackInfo& info) {
  const auto options = info[3].As<Napi::Object>();
  const c10::Device device = to_device(options);
  return start_prepared_job(
      info.Env(), Executor::files(), Executor::of(device), StopWrap::token(info[4]),
      [path = info[0].ToString().Utf8Value(), config = to_model_config(info[1])](const StopToken&) {
        return read_model(path, config);
      },
      [geometry = to_geometry(info[2]), device, precision = to_precision(options)](Network& network,
                                                                                   const StopToken& stop) {
        stop.check();
        return std::make_shared<const Scorer>(std::move(network), geometry, device, precision);
      },
      [device, limits = to_queue_limits(options)](Napi::Env env, const std::shared_ptr<const Scorer>& scorer) {
        return ModelWrap::create(env, scorer, device, limits);
      });
}

// Where a trainer's starting weights come from; an empty path stands for a seeded draw.
struct Start {
  std::string encoder, trainable;
};

// What these files hold; nothing for a seeded draw.
struct StartWeights {
  std::optional<TensorMap> encoder, trainable;
};

StartWeights read_start(const Start& start, const StopToken& stop) {
  StartWeights weights;
  if (!start.encoder.empty()) weights.encoder = read_weights(start.encoder, nullptr);
  stop.check();
  if (!start.trainable.empty()) weights.trainable = read_weights(start.trainable, nullptr);
  return weights;
}

std::shared_ptr<Trainer> make_trainer(const ModelConfig& config, const Geometry& geometry, const TrainConfig& train,
                                      c10::Device device, const Start& start, const StartWeights& weights,
                                      const StopToken& stop) {
  auto trainer = std::make_shared<Trainer>(config, geometry, train, device);
  stop.check();
  if (weights.encoder) trainer->load_encoder(*weights.encoder, start.encoder);
  stop.check();
  if (weights.trainable) trainer->load_trainable(*weights.trainable, start.trainable);
  return trainer;
}

std::string optional_path(const Napi::Value& value) {
  return value.IsString() ? value.ToString().Utf8Value() : std::string();
}

Napi::Value create_trainer(const Napi::CallbackInfo& info) {
  const auto options = info[3].As<Napi::Object>();
  const c10::Device device = to_device(options);
  const Start start{.encoder = optional_path(info[2]), .trainable = optional_path(options.Get("initial"))};
  return start_prepared_job(
      info.Env(), Executor::files(), Executor::of(device), StopWrap::token(info[4]),
      [start](const StopToken& stop) { return read_start(start, stop); },
      [config = to_model_config(info[0]), geometry = to_geometry(info[1]), train = to_train_config(options), device,
       start](const StartWeights& weights, const StopToken& stop) {
        return make_trainer(config, geometry, train, device, start, weights, stop);
      },
      [device](Napi::Env env, const std::shared_ptr<Trainer>& trainer) {
        return TrainerWrap::create(env, trainer, device);
      });
}

Napi::Value count_costs_job(const Napi::CallbackInfo& info) {
  return start_job(
      info.Env(), Executor::files(), {}, {},
      [config = to_model_config(info[0]), geometry = to_geometry(info[1])](const StopToken&) {
        return count_costs(Network(config), geometry);
      },
      [](Napi::Env env, const Costs& costs) {
        auto result = Napi::Object::New(env);
        result.Set("parameters", static_cast<double>(costs.parameters));
        result.Set("macs", static_cast<double>(costs.macs));
        return Napi::Value(result);
      });
}

Napi::Value measure_machine_job(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  const c10::Device device = to_device(options);
  const auto type = to_precision(options) == Precision::kBfloat16 ? at::kBFloat16 : at::kFloat;
  return start_job(
      info.Env(), Executor::of(device), {}, {},
      [device, type](const StopToken& stop) { return measure_machine(device, type, stop); },
      [](Napi::Env env, const Machine& machine) {
        auto result = Napi::Object::New(env);
        result.Set("threads", static_cast<double>(machine.threads));
        result.Set("instructions", machine.instructions);
        result.Set("products", machine.products);
        return Napi::Value(result);
      });
}

Napi::Value prepare_image_job(const Napi::CallbackInfo& info) {
  return start_job(
      info.Env(), Executor::maps(), {}, {info[0].As<Napi::Object>().Get("data").As<Napi::Object>()},
      [image = to_image_view(info[0]), geometry = to_geometry(info[1])](const StopToken&) {
        return prepare_images({image}, geometry);
      },
      [](Napi::Env env, const at::Tensor& pixels) { return to_uint8_array(env, pixels); });
}

Napi::Value prepare_mask_job(const Napi::CallbackInfo& info) {
  const MaskConvention convention =
      from_word(kMaskConventionWords, info[2].ToString().Utf8Value(), "the mask convention");
  return start_job(
      info.Env(), Executor::maps(), {}, {info[0].As<Napi::Object>().Get("data").As<Napi::Object>()},
      [mask = to_image_view(info[0]), geometry = to_geometry(info[1]), convention](const StopToken&) {
        return prepare_mask(mask, geometry, convention);
      },
      [](Napi::Env env, const at::Tensor& mask) { return to_uint8_array(env, mask); });
}

// Errors known before a job starts (an absent device) reject too: an asynchronous function never throws.
template <Napi::Value (*function)(const Napi::CallbackInfo&)>
Napi::Value asynchronous(const Napi::CallbackInfo& info) {
  try {
    return function(info);
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    return rejected(info.Env(), describe(std::current_exception()));
  }
}

template <Napi::Value (*function)(const Napi::CallbackInfo&)>
void add(Napi::Object& exports, const char* name) {
  exports.Set(name, Napi::Function::New<asynchronous<function>>(exports.Env(), name));
}

}  // namespace

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* instance = new Instance{.environment = Environment::create(env), .model = {}, .trainer = {}};
  env.SetInstanceData(instance);
  instance->model = Napi::Persistent(ModelWrap::define(env));
  instance->trainer = Napi::Persistent(TrainerWrap::define(env));
  exports.Set("Stop", StopWrap::define(env));
  exports.Set("MetricsStream", MetricsStreamWrap::define(env));
  exports.Set("TileBlend", TileBlendWrap::define(env));
  exports.Set("torchVersion", std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) + "." +
                                  std::to_string(TORCH_VERSION_PATCH));
  add<cuda_available>(exports, "cudaAvailable");
  add<open_cuda>(exports, "openCudaLibrary");
  add<precision_support>(exports, "precisionSupport");
  add<inspect_file>(exports, "inspectFile");
  add<load_model>(exports, "loadModel");
  add<create_trainer>(exports, "createTrainer");
  add<count_costs_job>(exports, "countCosts");
  add<measure_machine_job>(exports, "measureMachine");
  add<prepare_image_job>(exports, "prepareImage");
  add<prepare_mask_job>(exports, "prepareMask");
  add<compute_metrics_job>(exports, "computeMetrics");
  add<quantiles_job>(exports, "quantiles");
  add<place_map_job>(exports, "placeMap");
  add<overlay_map_job>(exports, "overlayMap");
  add<find_regions_job>(exports, "findRegions");
  add<encode_map_job>(exports, "encodeMap");
  return exports;
}

}  // namespace dinomaly::addon

Napi::Object init_dinomaly(Napi::Env env, Napi::Object exports) { return dinomaly::addon::init(env, exports); }
NODE_API_MODULE(dinomaly, init_dinomaly)
