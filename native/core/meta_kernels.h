// Operators that libtorch's C++ side lacks for tensors without data (device meta), while an object of this class lives.
// Python's torch brings its own, which is not here. One object at a time.
#pragma once

#include <memory>

namespace torch {
class Library;
}

namespace dinomaly {

class MetaKernels {
 public:
  MetaKernels();
  ~MetaKernels();
  MetaKernels(const MetaKernels&) = delete;
  MetaKernels& operator=(const MetaKernels&) = delete;

 private:
  std::unique_ptr<torch::Library> library_;
};

}  // namespace dinomaly
