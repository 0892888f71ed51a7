// One step of a ranking: all samples that share a score, taken from the highest score down. ROC, average precision and
// F1 are sums or maxima over these steps, so that a ranking is walked once for the three.
#pragma once

namespace dinomaly {

// Counts are doubles: exact up to 2^53, and every formula divides them.
struct TieGroup {
  double positives, negatives;             // in the group
  double true_positives, false_positives;  // down to the group, itself included
};

}  // namespace dinomaly
