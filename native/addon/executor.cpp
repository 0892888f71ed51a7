#include "executor.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <optional>
#include <string>
#include <thread>

#include "core/device.h"
#include "core/parallel.h"

namespace dinomaly::addon {

Executor& Executor::of(c10::Device device) {
  static std::mutex mutex;
  static auto& executors = *new std::map<std::string, Executor*>();
  const std::lock_guard lock(mutex);
  Executor*& executor = executors[device.str()];
  if (executor == nullptr) {
    executor = new Executor(device);
    std::thread([executor] { executor->run(); }).detach();
  }
  return *executor;
}

void Executor::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  ready_.notify_one();
}

std::function<void()> Executor::next() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return !queue_.empty(); });
  std::function<void()> task = std::move(queue_.front());
  queue_.pop_front();
  return task;
}

void Executor::run() {
  name_thread("dinomaly-" + device_.str());
  at::init_num_threads();
  c10::GradMode::set_enabled(false);  // thread-local: training turns it on for its own steps
  std::optional<DeviceScope> scope;
  while (true) {
    const std::function<void()> task = next();
    try {
      // A device that does not start is told by the first task that needs it, and tried again for the next one.
      if (!scope) scope.emplace(device_);
    } catch (const std::exception&) {
    }
    try {
      task();
    } catch (...) {
      // Ending Node would lose every other task.
    }
  }
}

}  // namespace dinomaly::addon
