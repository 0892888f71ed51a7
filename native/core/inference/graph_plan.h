// A plan whose passes are recorded, one for each of some sizes, when they are first needed.
#pragma once

#include <memory>
#include <vector>

#include "graphs.h"
#include "plan.h"

namespace dinomaly {

// The sizes of the passes that score `pictures`, the largest first: powers of two up to `most`. The last of them may
// hold fewer pictures than its size.
std::vector<int64_t> graph_passes(int64_t pictures, int64_t most);

// Runs what `plan` runs. Where a pass cannot be recorded, which is told once on the error output, passes run as those
// of `plan`. One thread at a time computes; others wait for it.
std::unique_ptr<Plan> make_graph_plan(std::unique_ptr<Plan> plan, std::unique_ptr<GraphRecorder> recorder,
                                      const Geometry& geometry, at::Device device);

}  // namespace dinomaly
