// Packed layers of the models that live: models of one frozen encoder hold its layers once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "../nn/linear.h"

namespace dinomaly {

// The packed layer of equal weights, bias and `kind` where somebody holds one; else what `make` gives, which others are
// then given too. Layers are told apart by 128 bits of a hash. Any thread.
std::shared_ptr<const PackedLinear> shared_layer(const Linear& linear, uint64_t kind,
                                                 const std::function<std::shared_ptr<const PackedLinear>()>& make);

}  // namespace dinomaly
