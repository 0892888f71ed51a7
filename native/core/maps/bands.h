// Rows of a picture, shared among threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../parallel.h"

namespace dinomaly {

// Runs task(first, last) on bands of rows that together are [0, rows), on several threads; `stop` is polled between
// them.
template <typename Task>
void for_bands(int64_t rows, const StopToken& stop, const Task& task) {
  constexpr int64_t kBand = 64;
  run_parallel((rows + kBand - 1) / kBand, stop,
               [&](int64_t band) { task(band * kBand, std::min(rows, (band + 1) * kBand)); });
}

}  // namespace dinomaly
