// The library of what must be compiled against CUDA. The core opens it where libtorch has CUDA.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>

#include <mutex>

#include "core/inference/graphs.h"

namespace dinomaly {
namespace {

class RecordedGraph final : public Graph {
 public:
  RecordedGraph(c10::MempoolId_t pool, const std::function<void()>& work) {
    // Recordings share the state of the generator of random numbers.
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    // Of this thread alone: others go on to allocate and to copy.
    graph_->capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    try {
      work();
      graph_->capture_end();
    } catch (...) {
      abandon(pool);
      throw;
    }
  }

  void replay() override { graph_->replay(); }

 private:
  // The stream stays with a recording that is not ended, and the allocator with one whose end fails. It may still ask
  // the graph which memory is its own, so that the graph is never destroyed.
  void abandon(c10::MempoolId_t pool) noexcept {
    at::cuda::CUDAGraph* const graph = graph_.release();
    try {
      graph->capture_end();
    } catch (const std::exception&) {
    }
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(c10::cuda::current_device(), pool);
    } catch (const std::exception&) {
    }
  }

  std::unique_ptr<at::cuda::CUDAGraph> graph_ = std::make_unique<at::cuda::CUDAGraph>();
};

class Recorder final : public GraphRecorder {
 public:
  std::unique_ptr<Graph> record(const std::function<void()>& work) override {
    return std::make_unique<RecordedGraph>(pool_, work);
  }

 private:
  c10::MempoolId_t pool_ = at::cuda::graph_pool_handle();
};

class Library final : public CudaLibrary {
 public:
  std::unique_ptr<GraphRecorder> make_recorder() const override { return std::make_unique<Recorder>(); }

  int compute_capability(c10::Device device) const override {
    int major = 0, minor = 0;
    C10_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device.index()));
    C10_CUDA_CHECK(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device.index()));
    return 10 * major + minor;
  }
};

}  // namespace
}  // namespace dinomaly

extern "C" __attribute__((visibility("default"))) const dinomaly::CudaLibrary* dinomaly_cuda_library_1() {
  static const dinomaly::Library library;
  return &library;
}
