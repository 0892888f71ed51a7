// Cooperative cancellation. A StopSource is shared by whoever may cancel; long functions take a StopToken and poll it
// between blocks of the network, forward and backward, since one batch of a large model takes seconds on a small CPU.
#pragma once

#include <atomic>
#include <memory>

#include "error.h"

namespace dinomaly {

class StopToken {
 public:
  // A token that never stops.
  StopToken() = default;

  bool stop_requested() const noexcept {
    for (const auto& flag : {first_, second_}) {
      if (flag && flag->load(std::memory_order_relaxed)) return true;
    }
    return false;
  }

  // Throws Error with code ABORTED once stop was requested.
  void check() const {
    if (stop_requested()) throw Error("ABORTED", "The operation was aborted");
  }

  // A token that stops when either does: the caller's signal, or the end of the environment that owns the job.
  static StopToken any(const StopToken& a, const StopToken& b) {
    StopToken both;
    both.first_ = a.first_;
    both.second_ = b.first_;
    return both;
  }

 private:
  friend class StopSource;
  std::shared_ptr<const std::atomic<bool>> first_, second_;
};

class StopSource {
 public:
  void request_stop() noexcept { flag_->store(true, std::memory_order_relaxed); }

  StopToken token() const {
    StopToken token;
    token.first_ = flag_;
    return token;
  }

 private:
  std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace dinomaly
