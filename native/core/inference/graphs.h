// Work on a GPU that is recorded once and launched as a whole from then on: the host needs longer for hundreds of small
// kernels than the GPU. What records it is compiled against CUDA, in a library of its own, so that the core runs with a
// CPU's libtorch too.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <string>

namespace dinomaly {

class Graph {
 public:
  virtual ~Graph() = default;
  // Launches the recorded work on the calling thread's stream. It reads and writes the memory that it did when it was
  // recorded.
  virtual void replay() = 0;
};

// Its graphs share the memory of what they do not keep, so that they may only be replayed one after the other.
class GraphRecorder {
 public:
  virtual ~GraphRecorder() = default;
  // Runs `work` on the host and records what it launches on the calling thread's stream, without computing it. What the
  // work needs from libraries must have started, so it is run once before. Throws what the work throws, and c10::Error
  // where it did what cannot be recorded.
  virtual std::unique_ptr<Graph> record(const std::function<void()>& work) = 0;
};

// What the library gives. Both are built together: the number in the name of the function that gives it changes with
// this class.
class CudaLibrary {
 public:
  virtual ~CudaLibrary() = default;
  virtual std::unique_ptr<GraphRecorder> make_recorder() const = 0;
  // 10 * major + minor.
  virtual int compute_capability(c10::Device device) const = 0;
};

// Opens the library, for the whole process; nothing where it is open. Throws Error ADDON_LOAD.
void open_cuda_library(const std::string& path);

// Null before it was opened. Any thread.
const CudaLibrary* cuda_library();

}  // namespace dinomaly
