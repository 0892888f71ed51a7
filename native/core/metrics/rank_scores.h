// The metrics of a few samples, by sorting them.
#pragma once

#include <cstdint>
#include <vector>

#include "rank_walk.h"

namespace dinomaly {

// labels and scores have one length; scores are finite. `points`: at most so many of a curve, 0 for none.
RankMetrics rank_scores(const std::vector<uint8_t>& labels, const std::vector<double>& scores, int points = 0);

}  // namespace dinomaly
