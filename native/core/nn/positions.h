// What a family adds to softmax attention for its tokens' places.
#pragma once

#include <memory>
#include <optional>

#include "relative_positions.h"
#include "rotary.h"

namespace dinomaly {

struct Positions {
  std::optional<Rotary> rotary;                       // turns queries and keys
  std::shared_ptr<const RelativePositions> relative;  // is added to the logits
};

}  // namespace dinomaly
