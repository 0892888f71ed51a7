#include "device.h"

#include <ATen/ATen.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <map>
#include <mutex>

namespace dinomaly {

DeviceScope::DeviceScope(at::Device device, Work work) {
  if (device.is_cpu()) return;
  at::globalContext().lazyInitDevice(device.type());
  const c10::impl::VirtualGuardImpl streams(device.type());
  stream_.reset_stream(work == Work::kComputes ? streams.getStreamFromGlobalPool(device)
                                               : streams.getDefaultStream(device));
  exact_.emplace();
}

at::Tensor host_buffer(at::IntArrayRef sizes, at::ScalarType type, at::Device device) {
  return at::empty(sizes, at::TensorOptions().dtype(type).pinned_memory(!device.is_cpu()));
}

at::Tensor upload(const at::Tensor& host, at::Device device) { return host.to(device, /*non_blocking=*/true); }

std::vector<at::Tensor> download(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) {
    if (tensor.is_cpu()) {
      copies.push_back(tensor.contiguous());
      continue;
    }
    copies.push_back(host_buffer(tensor.sizes(), tensor.scalar_type(), tensor.device()));
    copies.back().copy_(tensor, /*non_blocking=*/true);
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].is_cpu()) continue;
    synchronise(tensors[i].device());
    // Pinned memory is scarce, and its owner may keep a result for long.
    copies[i] = at::empty(copies[i].sizes(), copies[i].scalar_type()).copy_(copies[i]);
  }
  return copies;
}

void synchronise(at::Device device) {
  if (device.is_cpu()) return;
  const c10::impl::VirtualGuardImpl guard(device.type());
  guard.synchronizeStream(guard.getStream(device));
}

c10::Stream current_stream(at::Device device) { return c10::impl::VirtualGuardImpl(device.type()).getStream(device); }

CopyStreams copy_streams(at::Device device) {
  static std::mutex mutex;
  static auto& streams = *new std::map<at::DeviceIndex, CopyStreams>();
  const std::lock_guard lock(mutex);
  const auto found = streams.find(device.index());
  if (found != streams.end()) return found->second;
  const c10::impl::VirtualGuardImpl pool(device.type());
  return streams
      .emplace(device.index(), CopyStreams{pool.getStreamFromGlobalPool(device), pool.getStreamFromGlobalPool(device)})
      .first->second;
}

int64_t free_device_bytes(at::Device device) {
  return static_cast<int64_t>(c10::getDeviceAllocator(device.type())->getMemoryInfo(device.index()).first);
}

void release_kept_device_memory() {
  if (!at::hasCUDA()) return;
  if (auto* const allocator = c10::getDeviceAllocator(at::kCUDA); allocator->initialized()) allocator->emptyCache();
}

}  // namespace dinomaly
