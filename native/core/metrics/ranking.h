// AUROC, AP and F1-max of scored samples in one walk down the ranking. Equal to scikit-learn's roc_auc_score,
// average_precision_score and the F1 over precision_recall_curve, ties included.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../stop_token.h"
#include "average_precision.h"
#include "f1_max.h"
#include "roc.h"

namespace dinomaly {

struct RankMetrics {
  std::optional<double> auroc;       // nullopt when one class has no sample
  std::optional<double> ap, f1_max;  // nullopt without positives
};

// The three sums over a run of tie groups, from the highest score down. Runs of one ranking may be walked apart, each
// started with the counts above it, and merged.
class RankingSums {
 public:
  RankingSums(double all_positives, double positives_above, double negatives_above)
      : f1_max_(all_positives), true_positives_(positives_above), false_positives_(negatives_above) {}

  void add(double positives, double negatives) {
    true_positives_ += positives;
    false_positives_ += negatives;
    const TieGroup group{positives, negatives, true_positives_, false_positives_};
    roc_.add(group);
    ap_.add(group);
    f1_max_.add(group);
  }

  void merge(const RankingSums& other) {
    roc_.merge(other.roc_);
    ap_.merge(other.ap_);
    f1_max_.merge(other.f1_max_);
  }

  RankMetrics metrics(double positives, double negatives) const {
    return {roc_.value(positives, negatives), ap_.value(positives), f1_max_.value()};
  }

 private:
  RocArea roc_;
  AveragePrecision ap_;
  F1Max f1_max_;
  double true_positives_, false_positives_;
};

// Of a few samples, by sorting them. labels and scores have one length; scores are finite.
RankMetrics rank_scores(const std::vector<uint8_t>& labels, const std::vector<double>& scores);

// Of all pixels of all pictures. `lowest` and `highest` are the smallest and the largest value of the maps, all finite.
// Takes 4 bytes a pixel. Throws ABORTED.
RankMetrics rank_pixels(const std::vector<std::span<const float>>& maps,
                        const std::vector<std::span<const uint8_t>>& masks, float lowest, float highest,
                        const StopToken& stop);

}  // namespace dinomaly
