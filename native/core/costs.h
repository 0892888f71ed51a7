// What a network costs, counted as table 4 of the paper counts it.
#pragma once

#include <cstdint>

#include "config.h"
#include "dinomaly.h"

namespace dinomaly {

struct Costs {
  int64_t parameters = 0;  // all of them, those of encoder blocks that never run too
  int64_t macs = 0;        // multiply-accumulates of one picture
};

// The network is run once on tensors without data, and its operators are counted: linear layers, the patch
// embedding among them, by their products, layer norms 2 and activations 1 an element. Products between tokens
// (attention) are left out, as in the paper.
Costs count_costs(const Network& network, const Geometry& geometry);

}  // namespace dinomaly
