// An anomaly map brought to the pixels of its picture: resize and crop undone by bilinear interpolation.
#pragma once

#include <cstdint>
#include <vector>

#include "../stop_token.h"

namespace dinomaly {

// Values that somebody else owns, [height, width].
struct MapView {
  const float* data = nullptr;
  int64_t height = 0;
  int64_t width = 0;
};

// Where the pixels of one axis of a picture lie on the map: the centre of pixel i at index i * scale + shift, the
// centres of the map's own pixels being the whole numbers. Pixels outside [begin, end) were not inspected.
struct AxisPlacement {
  int64_t size = 0;
  int64_t begin = 0;
  int64_t end = 0;
  double scale = 1;
  double shift = 0;
};

// Throws Error INVALID_INPUT for a map without pixels and an axis that inspects none of its own.
void check_placement(const MapView& map, const AxisPlacement& down, const AxisPlacement& across);

// Rows of a map at the inspected pixels of a picture. Beyond the centres of the outermost map pixels their values go
// on.
class PlacedRows {
 public:
  PlacedRows(const MapView& map, const AxisPlacement& down, const AxisPlacement& across);

  // The inspected pixels of picture row y, which is inspected: across.end - across.begin values. `scratch` holds a row
  // of the map.
  void row(int64_t y, std::vector<float>* scratch, float* out) const;

 private:
  struct Tap {
    int64_t first, second;
    float weight;  // of the second
  };
  static std::vector<Tap> taps(const AxisPlacement& axis, int64_t map_size);

  MapView map_;
  int64_t top_;
  std::vector<Tap> down_, across_;
};

// out [down.size, across.size]: the map where the picture was inspected, NaN elsewhere.
void place_map(const MapView& map, const AxisPlacement& down, const AxisPlacement& across, float* out,
               const StopToken& stop);

}  // namespace dinomaly
