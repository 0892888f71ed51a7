// One thread per device runs all libtorch work: OpenMP makes a team per calling thread, and teams on one machine fight.
// Executors live as long as the process and are never destroyed: at exit their thread sleeps on an empty queue.
#pragma once

#include <c10/core/Device.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace dinomaly::addon {

class Executor {
 public:
  // The executor of a device; the CPU's serves files and metrics too.
  static Executor& of(c10::Device device);
  static Executor& cpu() { return of(c10::Device(c10::kCPU)); }

  // First in, first out. What the task throws is lost: it has to tell of its failures itself.
  void post(std::function<void()> task);

 private:
  explicit Executor(c10::Device device) : device_(device) {}
  void run();
  std::function<void()> next();

  c10::Device device_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
};

}  // namespace dinomaly::addon
