#include "executor.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <string>
#include <thread>

namespace dinomaly::addon {

Executor& Executor::of(c10::Device device) {
  static std::mutex mutex;
  static auto& executors = *new std::map<std::string, Executor*>();
  const std::lock_guard lock(mutex);
  Executor*& executor = executors[device.str()];
  if (executor == nullptr) {
    executor = new Executor();
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

void Executor::run() {
  at::init_num_threads();
  c10::GradMode::set_enabled(false);  // thread-local: training turns it on for its own steps
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return !queue_.empty(); });
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace dinomaly::addon
