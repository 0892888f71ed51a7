#include "workspace.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <bit>
#include <cstdlib>

namespace dinomaly {
namespace {

// Smaller ones the C library keeps by itself.
constexpr size_t kSmallest = size_t{1} << 15;
constexpr size_t kAlignment = 64;
// Sizes are rounded up to quarters of a power of two, so that tensors of about the same size share blocks.
constexpr int kQuarters = 2;

thread_local Workspace* current = nullptr;

size_t rounded_up(size_t size) {
  const size_t step = std::bit_floor(size) >> kQuarters;
  return (size + step - 1) / step * step;
}

// What a tensor holds of a workspace.
struct TakenBlock {
  std::shared_ptr<Workspace> workspace;
  void* memory;
  size_t size;
};

void free_block(void* context) {
  const std::unique_ptr<TakenBlock> block(static_cast<TakenBlock*>(context));
  block->workspace->give(block->memory, block->size);
}

// libtorch's allocator for all but the threads in a scope.
class WorkspaceAllocator final : public c10::Allocator {
 public:
  explicit WorkspaceAllocator(c10::Allocator& other) : other_(other) {}

  c10::DataPtr allocate(size_t size) override {
    if (current == nullptr || size < kSmallest) return other_.allocate(size);
    const size_t whole = rounded_up(size);
    void* const memory = current->take(whole);
    if (memory == nullptr) return other_.allocate(size);  // which says so as libtorch does
    return {memory, new TakenBlock{current->shared_from_this(), memory, whole}, &free_block, c10::Device(c10::kCPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return other_.raw_deleter(); }

  void copy_data(void* to, const void* from, std::size_t size) const override { other_.copy_data(to, from, size); }

 private:
  c10::Allocator& other_;
};

void install() {
  // Never destroyed: tensors may outlive every static object.
  static auto* const allocator = [] {
    auto* const made = new WorkspaceAllocator(*c10::GetCPUAllocator());
    c10::SetCPUAllocator(made, /*priority=*/1);
    return made;
  }();
  (void)allocator;
}

}  // namespace

Workspace::~Workspace() {
  for (const auto& [size, blocks] : free_) {
    for (void* block : blocks) std::free(block);
  }
}

size_t Workspace::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void* Workspace::take(size_t size) {
  const std::lock_guard lock(mutex_);
  std::vector<void*>& blocks = free_[size];
  if (!blocks.empty()) {
    void* const block = blocks.back();
    blocks.pop_back();
    return block;
  }
  void* block = nullptr;
  if (posix_memalign(&block, kAlignment, size) != 0) return nullptr;
  bytes_ += size;
  return block;
}

void Workspace::give(void* block, size_t size) {
  const std::lock_guard lock(mutex_);
  free_[size].push_back(block);
}

Workspace::Scope::Scope(const std::shared_ptr<Workspace>& workspace) : before_(current) {
  install();
  current = workspace.get();
}

Workspace::Scope::~Scope() { current = before_; }

}  // namespace dinomaly
