// One walk down a ranking for all its metrics: AUROC, AP and F1-max, equal to scikit-learn's roc_auc_score,
// average_precision_score and the F1 over precision_recall_curve, ties included; the exact PRO curve; and thinned
// curves.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "average_precision.h"
#include "f1_max.h"
#include "pro_area.h"
#include "pro_grid.h"
#include "rank_step.h"
#include "roc.h"
#include "thin_curve.h"

namespace dinomaly {

using Curve = std::optional<std::vector<CurvePoint>>;  // nullopt where undefined or not asked for

// The three of pictures as of pixels. An AUROC is nullopt when one class has no sample, the others without positives.
struct RankMetrics {
  std::optional<Estimate> auroc, ap, f1_max;
  std::optional<double> f1_threshold;  // what is above it is what reaches f1_max
  Curve roc, pr;
};

// nullopt without a region or without normal pixels.
struct ProMetrics {
  std::optional<Estimate> area30, area05;  // up to a false positive rate of 0.3 and 0.05, divided by it
  std::optional<Estimate> at05;            // mean overlap at a rate of 0.05
  Curve curve;
};

// What a whole ranking holds, known before it is walked.
struct RankContext {
  RankCounts all;
  double lowest = 0, highest = 0;
  double regions = 0;                 // 0 leaves PRO out
  std::span<const double> grid = {};  // thresholds of the grid AUPRO
  int points = 0;                     // at most so many of a curve; 0 makes none
  bool single = true;                 // whether values are floats
};

// Runs of one ranking may be walked apart, each started with the counts above it, and merged from the top down.
class RankWalk {
 public:
  // `grid`: the thresholds that lie within the run, from above its bins to the run below.
  RankWalk(const RankContext& context, const RankCounts& above, GridShare grid = {});

  // From the highest bin of the run down. Not an empty bin.
  void add(const RankBin& bin) {
    const RankCounts before = counts_;
    counts_.add(bin.counts);
    const RankStep step{bin, before, counts_};
    roc_.add(step);
    ap_.add(step);
    f1_max_.add(step);
    pro30_.add(step);
    pro05_.add(step);
    grid_.add(step);
    if (context_->points > 0) trace(bin.low);
  }
  // After the last bin of the run.
  void end() { grid_.end(counts_); }

  void merge(const RankWalk& below);

  RankMetrics metrics() const;
  ProMetrics pro() const;
  const std::vector<GridPoint>& grid() const { return grid_.points(); }

 private:
  // Ways along the curves, from 0 to 1.
  double roc_way() const;
  double pr_way() const;
  double pro_way() const;
  void trace(double low);
  // Of the ROC, the PR and the PRO curve: 0, 1, 2.
  CurvePoint point(size_t curve, double low) const;

  const RankContext* context_;
  RankCounts counts_;  // down to the last bin
  RocArea roc_;
  AveragePrecision ap_;
  F1Max f1_max_;
  ProArea pro30_, pro05_;
  GridCounts grid_;
  ThinCurve roc_curve_, pr_curve_, pro_curve_;
};

}  // namespace dinomaly
