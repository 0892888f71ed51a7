// Between JavaScript values and the core's plain data, read as options.h reads them.
#pragma once

#include <string>
#include <vector>

#include "core/config.h"
#include "core/inference/plan.h"
#include "core/preprocess.h"
#include "core/weights/tensor_map.h"
#include "napi_setup.h"

namespace dinomaly::addon {

ModelConfig to_model_config(const Napi::Value& value);
Geometry to_geometry(const Napi::Value& value);
TrainConfig to_train_config(const Napi::Object& value);
RunConfig to_run_config(const Napi::Value& value);
Precision to_precision(const Napi::Object& options);

// 'cpu', 'cuda' or 'cuda:N'. Throws Error INVALID_CONFIG for another word, DEVICE_UNAVAILABLE where there is no such
// device.
c10::Device to_device(const Napi::Object& options);

// A view of the pixels that the object's `data` owns: pin the object while it is used.
ImageView to_image_view(const Napi::Value& value);

Metadata to_metadata(const Napi::Value& value);
Napi::Object from_file_info(Napi::Env env, const FileInfo& info);

// fp32 on the CPU, contiguous. The array shares the tensor's memory where the runtime allows it.
Napi::Float32Array to_float32_array(Napi::Env env, const at::Tensor& tensor);
Napi::Uint8Array to_uint8_array(Napi::Env env, const at::Tensor& tensor);

}  // namespace dinomaly::addon
