// Memory of a kernel's thread that lasts. Large blocks are given back to the system when they are freed, so that a
// kernel that asked for them each time would have every page mapped and zeroed anew.
#pragma once

#include <cstdint>
#include <vector>

namespace dinomaly {

// Room for `count` values, of which there is one block a thread for each pair of type and purpose. What is in it is
// left from the last use.
template <typename T, typename Purpose>
T* thread_memory(int64_t count) {
  thread_local std::vector<T> memory;
  if (memory.size() < static_cast<size_t>(count)) memory.resize(count);
  return memory.data();
}

}  // namespace dinomaly
