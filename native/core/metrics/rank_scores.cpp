#include "rank_scores.h"

#include <algorithm>
#include <numeric>

namespace dinomaly {

RankMetrics rank_scores(const std::vector<uint8_t>& labels, const std::vector<double>& scores, int points) {
  if (scores.empty()) return {};
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const auto positives =
      static_cast<double>(std::count_if(labels.begin(), labels.end(), [](uint8_t label) { return label != 0; }));
  const RankContext context{.all = {positives, static_cast<double>(labels.size()) - positives, 0},
                            .lowest = scores[order.back()],
                            .highest = scores[order.front()],
                            .points = points,
                            .single = false};
  RankWalk walk(context, {});
  for (size_t start = 0; start < order.size();) {
    const double value = scores[order[start]];
    RankBin bin{value, value, {}};
    for (; start < order.size() && scores[order[start]] == value; ++start) {
      (labels[order[start]] != 0 ? bin.counts.positives : bin.counts.negatives) += 1;
    }
    walk.add(bin);
  }
  return walk.metrics();
}

}  // namespace dinomaly
