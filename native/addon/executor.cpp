#include "executor.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include "core/device.h"
#include "core/parallel.h"

namespace dinomaly::addon {

namespace {

// Two cores are left for the threads that decode and for the one that launches kernels.
int picture_threads(c10::Device device) {
  constexpr int kOthers = 2, kMost = 16;
  if (device.is_cpu()) return 1;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) - kOthers, 1, kMost);
}

}  // namespace

Executor& Executor::start(const std::string& name, c10::Device device, Kind kind, int threads) {
  static std::mutex mutex;
  static auto& executors = *new std::map<std::string, Executor*>();
  const std::lock_guard lock(mutex);
  Executor*& executor = executors[name];
  if (executor != nullptr) return *executor;
  auto made = std::unique_ptr<Executor>(new Executor(name, device, kind));
  for (int i = 0; i < threads; ++i) {
    try {
      std::thread([running = made.get()] { running->run(); }).detach();
    } catch (const std::system_error&) {
      // No more threads to be had: those that run do the work.
      if (i == 0) throw;
    }
  }
  executor = made.release();
  return *executor;
}

Executor& Executor::of(c10::Device device) { return start(device.str(), device, Kind::kDevice); }
Executor& Executor::pictures(c10::Device device) {
  return start("crop-" + device.str(), device, Kind::kAside, picture_threads(device));
}
Executor& Executor::results(c10::Device device) { return start("wait-" + device.str(), device, Kind::kAside); }
Executor& Executor::files() { return start("files", c10::kCPU, Kind::kAside); }
Executor& Executor::metrics() { return start("metrics", c10::kCPU, Kind::kAside); }
Executor& Executor::maps() { return start("maps", c10::kCPU, Kind::kAside); }

void Executor::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  ready_.notify_one();
}

void Executor::post_at(Clock::time_point due, std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    later_.emplace(due, std::move(task));
  }
  ready_.notify_one();
}

std::function<void()> Executor::next() {
  std::unique_lock lock(mutex_);
  while (true) {
    while (!later_.empty() && later_.begin()->first <= Clock::now()) {
      queue_.push_back(std::move(later_.begin()->second));
      later_.erase(later_.begin());
    }
    if (!queue_.empty()) break;
    if (later_.empty()) {
      ready_.wait(lock);
    } else {
      // A copy: the entry may be gone by the time that the wait looks at it again.
      const Clock::time_point due = later_.begin()->first;
      ready_.wait_until(lock, due);
    }
  }
  std::function<void()> task = std::move(queue_.front());
  queue_.pop_front();
  return task;
}

void Executor::run() {
  name_thread("dinomaly-" + name_);
  at::init_num_threads();
  if (kind_ == Kind::kAside) keep_to_one_thread();
  c10::GradMode::set_enabled(false);  // thread-local: training turns it on for its own steps
  using Work = DeviceScope::Work;
  std::optional<DeviceScope> scope;
  while (true) {
    const std::function<void()> task = next();
    try {
      // A device that does not start is told by the first task that needs it, and tried again for the next one.
      if (!scope) scope.emplace(device_, kind_ == Kind::kDevice ? Work::kComputes : Work::kPrepares);
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
