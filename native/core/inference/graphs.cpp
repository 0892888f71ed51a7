#include "graphs.h"

#include <dlfcn.h>

#include <atomic>

#include "../error.h"

namespace dinomaly {
namespace {

using GiveLibrary = const CudaLibrary* (*)();

std::atomic<const CudaLibrary*> opened = nullptr;

}  // namespace

void open_cuda_library(const std::string& path) {
  if (opened != nullptr) return;
  // Never closed: graphs may live until the end of the process.
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  void* const give = handle == nullptr ? nullptr : dlsym(handle, "dinomaly_cuda_library_1");
  if (give == nullptr) throw Error("ADDON_LOAD", path + " cannot be opened: " + dlerror());
  opened = reinterpret_cast<GiveLibrary>(give)();
}

const CudaLibrary* cuda_library() { return opened; }

}  // namespace dinomaly
