#include "torch_error.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace dinomaly {
namespace {

constexpr const char* kHostMemory =
    "There is not enough memory. Use a smaller batch, a smaller picture size or a smaller encoder";
constexpr const char* kDeviceMemory =
    "There is not enough memory on the GPU. Use a smaller batch, a smaller picture size or a smaller encoder, or see "
    "with `nvidia-smi` which other processes use the GPU";

struct Symptom {
  std::string_view text;
  const char* code;
  const char* message;
};

// Texts of libtorch's errors that have no class of their own, most specific first.
constexpr std::array kSymptoms = {
    // The CPU's allocator.
    Symptom{"not enough memory", "OUT_OF_MEMORY", kHostMemory},
    Symptom{"can't allocate memory", "OUT_OF_MEMORY", kHostMemory},
    // The CUDA runtime, cuBLAS and cuDNN allocate behind libtorch's own allocator. For a handle that is "not
    // initialized" there was no room.
    Symptom{"out of memory", "OUT_OF_MEMORY", kDeviceMemory},
    Symptom{"CUBLAS_STATUS_ALLOC_FAILED", "OUT_OF_MEMORY", kDeviceMemory},
    Symptom{"CUBLAS_STATUS_NOT_INITIALIZED", "OUT_OF_MEMORY", kDeviceMemory},
    Symptom{"CUDNN_STATUS_ALLOC_FAILED", "OUT_OF_MEMORY", kDeviceMemory},
    Symptom{"CUDNN_STATUS_NOT_INITIALIZED", "OUT_OF_MEMORY", kDeviceMemory},
    Symptom{"ALLOCATION_FAILED", "OUT_OF_MEMORY", kDeviceMemory},
    // What the driver remembers: every later call fails with it too.
    Symptom{"illegal memory access", "DEVICE_LOST", nullptr},
    Symptom{"device-side assert", "DEVICE_LOST", nullptr},
    Symptom{"unspecified launch failure", "DEVICE_LOST", nullptr},
    Symptom{"illegal instruction", "DEVICE_LOST", nullptr},
    Symptom{"misaligned address", "DEVICE_LOST", nullptr},
    Symptom{"invalid program counter", "DEVICE_LOST", nullptr},
    Symptom{"operation not supported on global/shared address space", "DEVICE_LOST", nullptr},
    Symptom{"hardware stack error", "DEVICE_LOST", nullptr},
    Symptom{"launch timed out", "DEVICE_LOST", nullptr},
    Symptom{"uncorrectable", "DEVICE_LOST", nullptr},
    Symptom{"context is destroyed", "DEVICE_LOST", nullptr},
    Symptom{"CUDA error: unknown error", "DEVICE_LOST", nullptr},
    Symptom{"CUBLAS_STATUS_EXECUTION_FAILED", "DEVICE_LOST", nullptr},
    Symptom{"CUDNN_STATUS_EXECUTION_FAILED", "DEVICE_LOST", nullptr},
    // The driver, before any work.
    Symptom{"No CUDA GPUs are available", "DEVICE_UNAVAILABLE", nullptr},
    Symptom{"no CUDA-capable device", "DEVICE_UNAVAILABLE", nullptr},
    Symptom{"no kernel image", "DEVICE_UNAVAILABLE", nullptr},
    Symptom{"driver version is insufficient", "DEVICE_UNAVAILABLE", nullptr},
    Symptom{"driver on your system is too old", "DEVICE_UNAVAILABLE", nullptr},
    Symptom{"all CUDA-capable devices are busy", "DEVICE_UNAVAILABLE", nullptr},
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string told(const Symptom& symptom, const std::string& text) {
  if (symptom.message != nullptr) return symptom.message;
  if (std::string_view(symptom.code) == "DEVICE_LOST") {
    return "The GPU has failed and takes no more work from this process (" + first_line(text) +
           "). Start a new process; models and trainers of this one cannot be used any more";
  }
  return "The GPU cannot be used (" + first_line(text) +
         "). Use device 'cpu', or see whether `nvidia-smi` lists the GPU and its driver is recent enough for this "
         "libtorch";
}

}  // namespace

Error from_torch(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return {"OUT_OF_MEMORY", kDeviceMemory};
  const auto* const found = std::find_if(kSymptoms.begin(), kSymptoms.end(), [&](const Symptom& symptom) {
    return text.find(symptom.text) != std::string::npos;
  });
  if (found == kSymptoms.end()) return {"INTERNAL", text};
  return {found->code, told(*found, text)};
}

}  // namespace dinomaly
