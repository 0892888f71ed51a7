#include "regions.h"

#include <algorithm>
#include <utility>

namespace dinomaly {
namespace {

// Union-find over runs; the root of a set is its first run.
class RunSets {
 public:
  // New runs, each a set of its own.
  void grow(size_t runs) {
    while (parents_.size() < runs) parents_.push_back(static_cast<int32_t>(parents_.size()));
  }

  int32_t find(int32_t run) {
    while (parents_[static_cast<size_t>(run)] != run) {
      int32_t& parent = parents_[static_cast<size_t>(run)];
      parent = parents_[static_cast<size_t>(parent)];  // halves the path
      run = parent;
    }
    return run;
  }

  void unite(int32_t a, int32_t b) {
    const int32_t first = find(a), second = find(b);
    parents_[static_cast<size_t>(std::max(first, second))] = std::min(first, second);
  }

 private:
  std::vector<int32_t> parents_;
};

void append_runs(const uint8_t* row, int32_t y, int32_t width, uint8_t limit, std::vector<Run>* runs) {
  for (int32_t x = 0; x < width;) {
    if (row[x] <= limit) {
      ++x;
      continue;
    }
    const int32_t begin = x;
    while (x < width && row[x] > limit) ++x;
    runs->push_back({y, begin, x, -1});
  }
}

// Unites the runs [middle, end) of a row with those [begin, middle) of the row above that they touch, corners included.
void join_rows(const std::vector<Run>& runs, size_t begin, size_t middle, RunSets* sets) {
  size_t above = begin;
  for (size_t here = middle; here < runs.size(); ++here) {
    while (above < middle && runs[above].end < runs[here].begin) ++above;
    for (size_t k = above; k < middle && runs[k].begin <= runs[here].end; ++k) {
      sets->unite(static_cast<int32_t>(k), static_cast<int32_t>(here));
    }
  }
}

}  // namespace

Regions find_regions(std::span<const uint8_t> mask, int64_t height, int64_t width, uint8_t limit) {
  Regions regions;
  RunSets sets;
  size_t above = 0, here = 0;  // first run of the row above and of this row
  for (int64_t y = 0; y < height; ++y) {
    above = std::exchange(here, regions.runs.size());
    append_runs(mask.data() + y * width, static_cast<int32_t>(y), static_cast<int32_t>(width), limit, &regions.runs);
    sets.grow(regions.runs.size());
    join_rows(regions.runs, above, here, &sets);
  }
  for (size_t i = 0; i < regions.runs.size(); ++i) {
    Run& run = regions.runs[i];
    const auto root = static_cast<size_t>(sets.find(static_cast<int32_t>(i)));
    if (root == i) {
      run.region = static_cast<int32_t>(regions.sizes.size());
      regions.sizes.push_back(0);
    } else {
      run.region = regions.runs[root].region;
    }
    regions.sizes[static_cast<size_t>(run.region)] += run.end - run.begin;
  }
  return regions;
}

}  // namespace dinomaly
