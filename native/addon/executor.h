// Threads that run the jobs, each first in, first out. One per device runs all libtorch work: OpenMP makes a team per
// calling thread, and teams on one machine fight. Work that is no network's has threads of its own, so that it never
// stands in the way of a score: there operators make no team.
// What a device waits for, pictures, and what waits for a device, results, have theirs too, so that it never pauses.
// Executors live as long as the process and are never destroyed: at exit their threads sleep on empty queues.
#pragma once

#include <c10/core/Device.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace dinomaly::addon {

class Executor {
 public:
  using Clock = std::chrono::steady_clock;

  // Networks: scoring, training, what they need built.
  static Executor& of(c10::Device device);
  // Pictures that are resized for a device: several threads beside a GPU, which takes more of them than one makes.
  static Executor& pictures(c10::Device device);
  // Waiting for what a device computes.
  static Executor& results(c10::Device device);
  // Files of weights.
  static Executor& files();
  // Metrics, which may take minutes.
  static Executor& metrics();
  // Maps and masks, of single pictures or a few: short work, which waits for none of the others.
  static Executor& maps();

  // What the task throws is lost: it has to tell of its failures itself.
  void post(std::function<void()> task);
  // As post() at the time `due`.
  void post_at(Clock::time_point due, std::function<void()> task);

 private:
  enum class Kind { kDevice, kAside };

  Executor(std::string name, c10::Device device, Kind kind) : name_(std::move(name)), device_(device), kind_(kind) {}
  static Executor& start(const std::string& name, c10::Device device, Kind kind, int threads = 1);
  void run();
  std::function<void()> next();

  std::string name_;
  c10::Device device_;
  Kind kind_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  std::multimap<Clock::time_point, std::function<void()>> later_;
};

}  // namespace dinomaly::addon
