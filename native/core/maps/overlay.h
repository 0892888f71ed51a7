// A picture under the colours of its anomaly map.
#pragma once

#include <cstdint>
#include <span>

#include "../preprocess.h"
#include "place.h"

namespace dinomaly {

// Colours of map values: RGBA entries evenly over [low, high], entry i for values from low + i * (high - low) / entries on.
// Beyond the ends the end colours hold; a value that is no number has the last: it is no normal part.
struct ColourScale {
  double low = 0;
  double high = 1;
  std::span<const uint8_t> table;  // [entries, 4]
};

// picture [H, W, 3] -> out [H, W, 3]: the map's colours over the inspected pixels, the others dimmed and hatched with
// diagonal stripes of `stripe` pixels. The map is interpolated before it is coloured, so that an edge in the colours
// lies where the values have it.
void overlay_map(const ImageView& picture, const MapView& map, const AxisPlacement& down, const AxisPlacement& across,
                 const ColourScale& scale, int64_t stripe, uint8_t* out, const StopToken& stop);

}  // namespace dinomaly
