// The ranking of all pixels in memory: every tie group, walked in parallel.
#pragma once

#include "pixel_deal.h"
#include "rank_walk.h"

namespace dinomaly {

// Walks the dealt pixels, and reorders them. The result does not depend on the number of threads. Throws ABORTED.
RankWalk walk_pixels(const PixelDeal& deal, const PixelScan& scan, const RankContext& context, const StopToken& stop,
                     const ProgressStretch& progress);

// The thresholds of `grid` from `bottom` up to, but not at, `top`.
GridShare grid_share(std::span<const double> grid, double bottom, double top);

}  // namespace dinomaly
