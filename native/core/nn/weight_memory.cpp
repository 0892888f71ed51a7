#include "weight_memory.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <c10/util/safe_numerics.h>
#include <sys/mman.h>

#include <cstring>

namespace dinomaly {
namespace {

constexpr size_t kLarge = size_t{1} << 21;

struct Pages {
  void* data;
  size_t bytes;
};

void release(void* context) {
  const auto* pages = static_cast<Pages*>(context);
  ::munmap(pages->data, pages->bytes);
  delete pages;
}

class PageAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // libtorch's own allocator knows how to say that memory is out.
    if (data == MAP_FAILED) return c10::GetAllocator(c10::kCPU)->allocate(bytes);
    ::madvise(data, bytes, MADV_HUGEPAGE);
    return {data, new Pages{data, bytes}, release, c10::kCPU};
  }

  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }
};

bool is_large(at::IntArrayRef sizes, at::ScalarType type) {
  uint64_t count = 0, bytes = 0;
  return !c10::safe_multiplies_u64(sizes, &count) &&
         !c10::mul_overflows(count, uint64_t{c10::elementSize(type)}, &bytes) && bytes >= kLarge;
}

}  // namespace

at::Tensor empty_weights(at::IntArrayRef sizes, at::ScalarType type) {
  if (!is_large(sizes, type)) return at::empty(sizes, type);
  static PageAllocator allocator;
  return at::detail::empty_generic(sizes, &allocator, c10::DispatchKeySet(c10::DispatchKey::CPU), type, std::nullopt);
}

at::Tensor zero_weights(at::IntArrayRef sizes) {
  return is_large(sizes, at::kFloat) ? empty_weights(sizes, at::kFloat) : at::zeros(sizes);
}

}  // namespace dinomaly
