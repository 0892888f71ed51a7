#include "parallel.h"

#include <ATen/Parallel.h>
#include <omp.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace dinomaly {
namespace {

// Of run_parallel on a thread that keeps its operators to itself; else 0.
thread_local int64_t own_threads = 0;

class TaskQueue {
 public:
  TaskQueue(int64_t count, const StopToken& stop, const std::function<void(int64_t)>& task)
      : count_(count), stop_(stop), task_(task) {}

  // Takes tasks until none is left.
  void work() noexcept {
    try {
      for (int64_t i = next_++; i < count_; i = next_++) {
        stop_.check();
        task_(i);
      }
    } catch (...) {
      next_ = count_;
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const int64_t count_;
  const StopToken& stop_;
  const std::function<void(int64_t)>& task_;
  std::atomic<int64_t> next_{0};
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

void name_thread(const std::string& name) {
  constexpr size_t kLongest = 15;  // of Linux; a longer one is refused
  pthread_setname_np(pthread_self(), name.substr(0, kLongest).c_str());
}

void keep_to_one_thread() {
  if (own_threads == 0) own_threads = at::get_num_threads();
  // Not at::set_num_threads: that is the default of threads yet to come too.
  omp_set_num_threads(1);
}

void run_parallel(int64_t count, const StopToken& stop, const std::function<void(int64_t task)>& task) {
  TaskQueue queue(count, stop, task);
  std::vector<std::thread> helpers;
  const int64_t threads = std::min<int64_t>(count, own_threads == 0 ? at::get_num_threads() : own_threads);
  try {
    for (int64_t i = 1; i < threads; ++i) {
      helpers.emplace_back([&queue] {
        name_thread("dinomaly-task");
        keep_to_one_thread();
        queue.work();
      });
    }
  } catch (const std::system_error&) {
    // No more threads to be had: those that run do the work.
  }
  queue.work();
  for (std::thread& helper : helpers) helper.join();
  queue.rethrow();
}

}  // namespace dinomaly
