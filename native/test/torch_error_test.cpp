// The codes of what libtorch throws: texts as its own checks make them.
#include "core/torch_error.h"

#include "harness.h"

namespace dinomaly::test {
namespace {

std::string code_of(const std::string& text) { return from_torch(c10::Error({__func__, __FILE__, 0}, text)).code(); }

TEST("memory that libtorch, cuBLAS or cuDNN do not get is OUT_OF_MEMORY") {
  for (const char* text :
       {"[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
        "allocate "
        "1099511627776 bytes. Error code 12 (Cannot allocate memory)",
        "CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED", "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"}) {
    CHECK(code_of(text) == "OUT_OF_MEMORY");
  }
  CHECK(from_torch(c10::OutOfMemoryError({__func__, __FILE__, 0}, "CUDA out of memory. Tried to allocate")).code() ==
        "OUT_OF_MEMORY");
}

TEST("errors after which a GPU takes no more work are DEVICE_LOST, and the message says so") {
  for (const char* text :
       {"CUDA error: an illegal memory access was encountered", "CUDA error: device-side assert triggered",
        "CUDA error: unspecified launch failure", "CUDA error: uncorrectable ECC error encountered",
        "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle)`"}) {
    CHECK(code_of(text) == "DEVICE_LOST");
  }
  const Error error = from_torch(c10::Error({__func__, __FILE__, 0}, "CUDA error: misaligned address\nSearch for"));
  CHECK(std::string(error.what()).find("(CUDA error: misaligned address). Start a new process") != std::string::npos);
}

TEST("a GPU that does not start is DEVICE_UNAVAILABLE, and any other error INTERNAL with its own text") {
  CHECK(code_of("No CUDA GPUs are available") == "DEVICE_UNAVAILABLE");
  CHECK(code_of("CUDA error: no kernel image is available for execution on the device") == "DEVICE_UNAVAILABLE");
  CHECK(code_of("The NVIDIA driver on your system is too old (found version 11040).") == "DEVICE_UNAVAILABLE");
  const Error other = from_torch(c10::Error({__func__, __FILE__, 0}, "mat1 and mat2 shapes cannot be multiplied"));
  CHECK(other.code() == "INTERNAL" && std::string(other.what()) == "mat1 and mat2 shapes cannot be multiplied");
}

}  // namespace
}  // namespace dinomaly::test
