#include "rank_walk.h"

#include <algorithm>

namespace dinomaly {
namespace {

constexpr double kRate = 0.3, kLowRate = 0.05;

double share(double part, double whole) { return whole == 0 ? 0 : std::min(part / whole, 1.0); }

}  // namespace

RankWalk::RankWalk(const RankContext& context, const RankCounts& above, GridShare grid)
    : context_(&context),
      counts_(above),
      f1_max_(context.all.positives),
      pro30_(kRate, context.all.negatives),
      pro05_(kLowRate, context.all.negatives),
      grid_(context.grid, grid),
      roc_curve_(context.points, roc_way()),
      pr_curve_(context.points, pr_way()),
      pro_curve_(context.regions == 0 ? 0 : context.points, pro_way()) {}

double RankWalk::roc_way() const {
  return (share(counts_.positives, context_->all.positives) + share(counts_.negatives, context_->all.negatives)) / 2;
}

double RankWalk::pr_way() const { return share(counts_.positives, context_->all.positives); }

// Most points lie where the curve is integrated.
double RankWalk::pro_way() const {
  return (share(counts_.overlap, context_->regions) + share(counts_.negatives, kRate * context_->all.negatives)) / 2;
}

void RankWalk::trace(double low) {
  const double ways[] = {roc_way(), pr_way(), pro_way()};
  ThinCurve* const curves[] = {&roc_curve_, &pr_curve_, &pro_curve_};
  for (size_t i = 0; i < 3; ++i) {
    // Nearly no bin begins a cell.
    if (curves[i]->due(ways[i])) curves[i]->add(point(i, low), ways[i]);
  }
}

CurvePoint RankWalk::point(size_t curve, double low) const {
  const double rate = share(counts_.negatives, context_->all.negatives);
  const double recall = share(counts_.positives, context_->all.positives);
  const double threshold = next_below(low, context_->single);
  if (curve == 0) return {rate, recall, threshold};
  if (curve == 1) return {recall, counts_.positives / (counts_.positives + counts_.negatives), threshold};
  return {rate, share(counts_.overlap, context_->regions), threshold};
}

void RankWalk::merge(const RankWalk& below) {
  counts_ = below.counts_;
  roc_.merge(below.roc_);
  ap_.merge(below.ap_);
  f1_max_.merge(below.f1_max_);
  pro30_.merge(below.pro30_);
  pro05_.merge(below.pro05_);
  grid_.merge(below.grid_);
  roc_curve_.merge(below.roc_curve_);
  pr_curve_.merge(below.pr_curve_);
  pro_curve_.merge(below.pro_curve_);
}

RankMetrics RankWalk::metrics() const {
  const auto& [all, lowest, highest, regions, grid, points, single] = *context_;
  RankMetrics result{.auroc = roc_.value(all),
                     .ap = ap_.value(all),
                     .f1_max = f1_max_.value(),
                     .f1_threshold = f1_max_.threshold(single),
                     .roc = {},
                     .pr = {}};
  if (points == 0 || all.positives == 0) return result;
  const CurvePoint none{0, 0, highest}, every{1, 1, next_below(lowest, single)};
  if (all.negatives != 0) result.roc = roc_curve_.between(none, every);
  // At recall 0 nothing is flagged: precision is 1 by convention. The last cell begins where recall reaches 1.
  result.pr = pr_curve_.from({0, 1, highest});
  return result;
}

ProMetrics RankWalk::pro() const {
  const double regions = context_->regions;
  if (regions == 0 || context_->all.negatives == 0) return {};
  ProMetrics result{
      .area30 = pro30_.area(regions), .area05 = pro05_.area(regions), .at05 = pro05_.height(regions), .curve = {}};
  if (context_->points == 0) return result;
  result.curve = pro_curve_.between({0, 0, context_->highest}, {1, 1, next_below(context_->lowest, context_->single)});
  return result;
}

}  // namespace dinomaly
