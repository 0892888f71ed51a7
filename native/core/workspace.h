// Memory that a plan's passes use again and again. The C library gives large blocks back to the system when they are
// freed, so that each pass would have thousands of pages mapped and zeroed anew, by one thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace dinomaly {

class Workspace : public std::enable_shared_from_this<Workspace> {
 public:
  Workspace() = default;
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // While it lives, tensors that the calling thread makes on the CPU take their memory from the workspace, and give it
  // back there when they are freed: by any thread, also after the scope and after the workspace's owner.
  class Scope {
   public:
    explicit Scope(const std::shared_ptr<Workspace>& workspace);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Workspace* before_;
  };

  // Bytes taken from the system, used or not.
  size_t bytes() const;

  // A block of `size` bytes, aligned for vectors; null when there is no memory.
  void* take(size_t size);
  void give(void* block, size_t size);

 private:
  mutable std::mutex mutex_;
  std::map<size_t, std::vector<void*>> free_;  // by size
  size_t bytes_ = 0;
};

}  // namespace dinomaly
