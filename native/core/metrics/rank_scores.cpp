// rank_scores: see ranking.h.
#include <algorithm>
#include <numeric>

#include "ranking.h"

namespace dinomaly {

RankMetrics rank_scores(const std::vector<uint8_t>& labels, const std::vector<double>& scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const auto positives =
      static_cast<double>(std::count_if(labels.begin(), labels.end(), [](uint8_t label) { return label != 0; }));
  RankingSums sums(positives, 0, 0);
  for (size_t start = 0; start < order.size();) {
    size_t end = start;
    double positives_here = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[start]]; ++end) {
      positives_here += labels[order[end]] != 0 ? 1 : 0;
    }
    sums.add(positives_here, static_cast<double>(end - start) - positives_here);
    start = end;
  }
  return sums.metrics(positives, static_cast<double>(labels.size()) - positives);
}

}  // namespace dinomaly
