// A picture under the colours of its anomaly map.
#pragma once

#include <cstdint>
#include <span>

#include "../preprocess.h"
#include "place.h"

namespace dinomaly {

// Colours of map values: RGBA entries evenly over [low, high], entry i for values from low + i * (high - low) / entries
// on. Beyond the ends the end colours hold; a value that is no number has the last: it is no normal part.
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

// An edge between pixels along one axis: from corner (x0, y0) to corner (x1, y1).
struct Segment {
  int32_t x0, y0, x1, y1;
};

// Draws segments into pixels [height, width, 3]: white lines of `line` pixels with a dark rim, which shows them on
// bright pictures too.
void draw_segments(std::span<const Segment> segments, int64_t line, int64_t height, int64_t width, uint8_t* pixels,
                   const StopToken& stop);

}  // namespace dinomaly
