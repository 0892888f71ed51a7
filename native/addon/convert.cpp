#include "convert.h"

#include <ATen/ATen.h>

#include <cstring>
#include <utility>

#include "core/error.h"
#include "options.h"

namespace dinomaly::addon {
namespace {

// 0 for null.
int64_t optional_integer(const Napi::Object& object, const char* key) {
  return required(object, key).IsNull() ? 0 : integer(object, key);
}

// Height and width.
std::pair<int64_t, int64_t> extent(const Napi::Object& object, const char* key) {
  const std::vector<int64_t> sides = integers(object, key);
  if (sides.size() != 2) throw Napi::TypeError::New(object.Env(), std::string("Expected two sides for ") + key);
  return {sides[0], sides[1]};
}

EncoderConfig to_encoder_config(const Napi::Object& value) {
  return {.family = text(value, "family"),
          .dim = integer(value, "dim"),
          .depth = integer(value, "depth"),
          .heads = integer(value, "heads"),
          .patch = integer(value, "patch"),
          .registers = integer(value, "registers"),
          .position_grid = integer(value, "positionGrid"),
          .layer_scale = boolean(value, "layerScale"),
          .mlp = choice(kMlpWords, value, "mlp"),
          .mlp_hidden = integer(value, "mlpHidden"),
          .shared_positions = boolean(value, "sharedPositions"),
          .stages = integers(value, "stages"),
          .windows = integers(value, "windows"),
          .global_blocks = integers(value, "globalBlocks")};
}

// A typed array over the tensor's memory, or over a copy where the runtime forbids external buffers.
template <typename Array>
Array share(Napi::Env env, const at::Tensor& tensor) {
  const size_t bytes = tensor.nbytes();
  const auto length = static_cast<size_t>(tensor.numel());
  try {
    auto* owner = new at::Tensor(tensor);
    try {
      auto buffer = Napi::ArrayBuffer::New(
          env, owner->data_ptr(), bytes, [](Napi::Env, void*, at::Tensor* kept) { delete kept; }, owner);
      return Array::New(env, length, buffer, 0);
    } catch (const Napi::Error&) {
      delete owner;
      throw;
    }
  } catch (const Napi::Error&) {
    auto buffer = Napi::ArrayBuffer::New(env, bytes);
    std::memcpy(buffer.Data(), tensor.data_ptr(), bytes);
    return Array::New(env, length, buffer, 0);
  }
}

c10::Device parse_device(const std::string& name) {
  try {
    const c10::Device device(name);
    if (device.is_cpu() || device.is_cuda()) return device;
  } catch (const c10::Error&) {
    // Told below: libtorch lists thirty kinds of device, of which two are possible here.
  }
  throw Error("INVALID_CONFIG", "Expected 'cpu', 'cuda' or 'cuda:N' for device but received '" + name + "'");
}

}  // namespace

ModelConfig to_model_config(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {.encoder = to_encoder_config(required(object, "encoder").As<Napi::Object>()),
          .target_layers = integers(object, "targetLayers"),
          .encoder_groups = groups(object, "encoderGroups"),
          .decoder_groups = groups(object, "decoderGroups"),
          .fusion = choice(kFusionWords, object, "fusion"),
          .decoder_depth = integer(object, "decoderDepth"),
          .decoder_heads = integer(object, "decoderHeads"),
          .attention = choice(kAttentionWords, object, "attention"),
          .neighbour_mask = optional_integer(object, "neighbourMask"),
          .bottleneck_dropout = number(object, "bottleneckDropout")};
}

Geometry to_geometry(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  const auto [resize_height, resize_width] = extent(object, "resize");
  const auto [crop_height, crop_width] = extent(object, "crop");
  const auto [map_height, map_width] = extent(object, "map");
  return {.resize_height = resize_height,
          .resize_width = resize_width,
          .crop_height = crop_height,
          .crop_width = crop_width,
          .map_height = map_height,
          .map_width = map_width,
          .score_ratio = number(object, "scoreRatio")};
}

TrainConfig to_train_config(const Napi::Object& value) {
  return {.seed = static_cast<uint64_t>(integer(value, "seed")),
          .learning_rate = number(value, "learningRate"),
          .final_learning_rate = number(value, "finalLearningRate"),
          .warmup_steps = integer(value, "warmupSteps"),
          .beta1 = number(value, "beta1"),
          .beta2 = number(value, "beta2"),
          .eps = number(value, "eps"),
          .weight_decay = number(value, "weightDecay"),
          .amsgrad = boolean(value, "amsgrad"),
          .clip_grad_norm = number(value, "clipGradNorm"),
          .loss = choice(kLossWords, value, "loss"),
          .easy_fraction = number(value, "easyFraction"),
          .easy_ramp_steps = integer(value, "easyRampSteps"),
          .easy_gradient_factor = number(value, "easyGradientFactor"),
          .feature_cache_bytes = required(value, "featureCacheBytes").IsNull()
                                     ? std::nullopt
                                     : std::optional(integer(value, "featureCacheBytes"))};
}

RunConfig to_run_config(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {.image_count = integer(object, "imageCount"),
          .iterations = integer(object, "iterations"),
          .batch_size = integer(object, "batchSize")};
}

Precision to_precision(const Napi::Object& options) { return choice(kPrecisionWords, options, "precision"); }

c10::Device to_device(const Napi::Object& options) {
  const std::string name = text(options, "device");
  c10::Device device = parse_device(name);
  if (device.is_cpu()) return device;
  // hasCUDA() asks for a device too, hasCUDART() for the build alone.
  const int64_t count = at::hasCUDA() ? at::globalContext().getAcceleratorHooksInterface(at::kCUDA).deviceCount() : 0;
  if (!device.has_index()) device.set_index(0);
  if (device.index() >= count) {
    throw Error("DEVICE_UNAVAILABLE",
                "Device '" + name + "' is not there: " +
                    (at::Context::hasCUDART()
                         ? "libtorch sees " + std::to_string(count) +
                               " CUDA devices. Use device 'cpu', or see that `nvidia-smi` lists the device and that "
                               "CUDA_VISIBLE_DEVICES does not hide it"
                         : std::string("libtorch is a CPU build. Use device 'cpu', or install a CUDA libtorch with "
                                       "`dinomaly libtorch --cuda`")));
  }
  return device;
}

ImageView to_image_view(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  const auto data = required(object, "data").As<Napi::Uint8Array>();
  const ImageView view{.data = data.Data(),
                       .height = integer(object, "height"),
                       .width = integer(object, "width"),
                       .channels = integer(object, "channels"),
                       .stride = object.Has("stride") ? integer(object, "stride") : 0};
  const int64_t row = view.width * view.channels;
  const int64_t stride = view.stride == 0 ? row : view.stride;
  if (view.height < 1 || view.width < 1 || view.channels < 1 || stride < row ||
      static_cast<int64_t>(data.ByteLength()) != (view.height - 1) * stride + row) {
    throw Napi::RangeError::New(object.Env(), "Expected height rows of width * channels bytes of pixels");
  }
  return view;
}

Metadata to_metadata(const Napi::Value& value) {
  Metadata metadata;
  const auto object = value.As<Napi::Object>();
  const Napi::Array keys = object.GetPropertyNames();
  for (uint32_t i = 0; i < keys.Length(); ++i) {
    const std::string key = keys.Get(i).ToString();
    metadata[key] = object.Get(key).ToString().Utf8Value();
  }
  return metadata;
}

Napi::Object from_file_info(Napi::Env env, const FileInfo& info) {
  auto metadata = Napi::Object::New(env);
  for (const auto& [key, value] : info.metadata) metadata.Set(key, value);
  auto tensors = Napi::Array::New(env, info.tensors.size());
  for (uint32_t i = 0; i < info.tensors.size(); ++i) {
    const TensorInfo& tensor = info.tensors[i];
    auto shape = Napi::Array::New(env, tensor.shape.size());
    for (uint32_t d = 0; d < tensor.shape.size(); ++d) shape.Set(d, static_cast<double>(tensor.shape[d]));
    auto entry = Napi::Object::New(env);
    entry.Set("name", tensor.name);
    entry.Set("dtype", tensor.dtype);
    entry.Set("shape", shape);
    tensors.Set(i, entry);
  }
  auto result = Napi::Object::New(env);
  result.Set("format", info.format);
  result.Set("metadata", metadata);
  result.Set("tensors", tensors);
  return result;
}

Napi::Float32Array to_float32_array(Napi::Env env, const at::Tensor& tensor) {
  return share<Napi::Float32Array>(env, tensor);
}

Napi::Uint8Array to_uint8_array(Napi::Env env, const at::Tensor& tensor) {
  return share<Napi::Uint8Array>(env, tensor);
}

}  // namespace dinomaly::addon
