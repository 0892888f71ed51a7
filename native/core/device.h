// What the core asks of a device beyond tensors. No header of CUDA is needed: one binary serves a CPU and a CUDA
// libtorch.
#pragma once

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <c10/core/StreamGuard.h>

#include <optional>
#include <vector>

namespace dinomaly {

// While it lives, the calling thread works on `device`: 'cuda' means this GPU, kernels go to a stream that a few
// scopes' kernels at most wait in (libtorch has 32), and fp32 products are IEEE. (cuDNN's convolutions would be TF32,
// of 10 bits of mantissa, all the same: the core has none.) Nothing to do on the CPU. Throws c10::Error when the device
// does not start.
class DeviceScope {
 public:
  enum class Work {
    kComputes,
    kPrepares,  // what it does for the device needs no stream of its own
  };
  explicit DeviceScope(at::Device device, Work work = Work::kComputes);
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  c10::OptionalStreamGuard stream_;  // sets the device too
  std::optional<at::NoTF32Guard> exact_;
};

// Host memory that is copied to `device` without a detour: pinned for a GPU, ordinary for the CPU.
at::Tensor host_buffer(at::IntArrayRef sizes, at::ScalarType type, at::Device device);

// A host tensor on `device`, itself when that is the CPU. The copy from a host_buffer() runs while the host goes on;
// the buffer may be dropped at once, but not written to.
at::Tensor upload(const at::Tensor& host, at::Device device);

// Copies in ordinary host memory, contiguous; waits once for all of them. Tensors of the CPU are returned as they are.
std::vector<at::Tensor> download(const std::vector<at::Tensor>& tensors);

// Waits for the calling thread's kernels on `device`.
void synchronise(at::Device device);

// Where the calling thread's kernels go. Not for the CPU.
c10::Stream current_stream(at::Device device);

// Where copies to a GPU go, and those from it, beside its kernels: one stream each for all of the process.
struct CopyStreams {
  c10::Stream up, down;
};
CopyStreams copy_streams(at::Device device);

// Bytes of the device's memory that nobody has taken. What libtorch has taken and keeps for its next kernels does not
// count as free. Not for the CPU.
int64_t free_device_bytes(at::Device device);

// Gives back to the GPUs what libtorch keeps of them for its next kernels. cuBLAS and cuDNN allocate beside libtorch's
// own allocator: after a failure for lack of memory, what the failed work has left there would keep them from starting.
void release_kept_device_memory();

}  // namespace dinomaly
