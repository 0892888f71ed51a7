// Outlines of a region along the edges of its pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../metrics/regions.h"

namespace dinomaly {

// A corner of pixels: pixel (x, y) spans [x, x + 1] x [y, y + 1].
struct PixelCorner {
  int32_t x, y;
};

// Corners in order, the first not repeated. With y downwards, outer rings run clockwise on screen and holes against it.
using Ring = std::vector<PixelCorner>;

// rings[0] is outer, the others are its holes.
struct Polygon {
  std::vector<Ring> rings;
};

// The outlines of one region, given as its runs by row and column. Each part whose pixels share edges is a polygon;
// parts meet at corners only. No ring passes a point twice, holes touch a ring at corners at most: together they are a
// valid multipolygon whose area is the region's number of pixels. Polygons stand by their topmost, then leftmost pixel.
//
// Nothing when the outlines have more than `most_corners`; then no more than that much memory was used.
std::optional<std::vector<Polygon>> trace_contours(std::span<const Run> runs, int64_t most_corners);

}  // namespace dinomaly
