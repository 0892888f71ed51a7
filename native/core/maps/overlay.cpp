#include "overlay.h"

#include <algorithm>
#include <cmath>

#include "../error.h"
#include "bands.h"

namespace dinomaly {
namespace {

// Of what was not inspected: faded to a middle grey, in stripes of two strengths.
constexpr int kMarginGrey = 128;
constexpr int kMarginFade[] = {110, 190};  // of 255

uint8_t mix(int below, int above, int alpha) {
  return static_cast<uint8_t>((below * (255 - alpha) + above * alpha + 127) / 255);
}

class Colours {
 public:
  explicit Colours(const ColourScale& scale)
      : table_(scale.table.data()),
        last_(static_cast<double>(scale.table.size() / 4) - 1),
        low_(scale.low),
        factor_((last_ + 1) / (scale.high - scale.low)) {}

  const uint8_t* of(float value) const {
    const double entry = std::floor((static_cast<double>(value) - low_) * factor_);
    // Written so that a NaN takes the last entry.
    const double held = entry <= last_ ? std::max(0.0, entry) : last_;
    return table_ + 4 * static_cast<int64_t>(held);
  }

 private:
  const uint8_t* table_;
  double last_, low_, factor_;
};

// Pixels [begin, end) of row y, not inspected.
void hatch(const uint8_t* in, int64_t y, int64_t begin, int64_t end, int64_t stripe, uint8_t* out) {
  for (int64_t x = begin; x < end; ++x) {
    const int fade = kMarginFade[((x + y) / stripe) % 2];
    // A grey of the pixel's own brightness: colour belongs to what was inspected.
    const int grey = (299 * in[3 * x] + 587 * in[3 * x + 1] + 114 * in[3 * x + 2] + 500) / 1000;
    std::fill_n(out + 3 * x, 3, mix(grey, kMarginGrey, fade));
  }
}

void colour(const uint8_t* in, const std::vector<float>& values, const Colours& colours, uint8_t* out) {
  for (const float value : values) {
    const uint8_t* rgba = colours.of(value);
    for (int c = 0; c < 3; ++c) *out++ = mix(*in++, rgba[c], rgba[3]);
  }
}

constexpr uint8_t kLine = 255;
constexpr uint8_t kRim = 20;

// A segment as wide as `before` + `after` across, and as much longer; cut at the picture's edges.
void fill(const Segment& segment, int64_t before, int64_t after, uint8_t shade, int64_t height, int64_t width,
          uint8_t* pixels) {
  const int64_t left = std::max<int64_t>(0, std::min(segment.x0, segment.x1) - before);
  const int64_t right = std::min<int64_t>(width, std::max(segment.x0, segment.x1) + after);
  const int64_t top = std::max<int64_t>(0, std::min(segment.y0, segment.y1) - before);
  const int64_t bottom = std::min<int64_t>(height, std::max(segment.y0, segment.y1) + after);
  for (int64_t y = top; y < bottom && left < right; ++y) {
    std::fill_n(pixels + 3 * (y * width + left), 3 * (right - left), shade);
  }
}

}  // namespace

void draw_segments(std::span<const Segment> segments, int64_t line, int64_t height, int64_t width, uint8_t* pixels,
                   const StopToken& stop) {
  const int64_t before = line / 2, rim = (line + 1) / 2;
  for (const int64_t grow : {rim, int64_t{0}}) {
    stop.check();
    for (const Segment& segment : segments) {
      fill(segment, before + grow, line - before + grow, grow > 0 ? kRim : kLine, height, width, pixels);
    }
  }
}

void overlay_map(const ImageView& picture, const MapView& map, const AxisPlacement& down, const AxisPlacement& across,
                 const ColourScale& scale, int64_t stripe, uint8_t* out, const StopToken& stop) {
  check_placement(map, down, across);
  if (picture.channels != 3 || picture.height != down.size || picture.width != across.size || stripe < 1 ||
      scale.table.size() < 4 || !(scale.low < scale.high)) {
    throw Error("INVALID_INPUT", "Expected an RGB picture of the placement's size and a colour scale");
  }
  const PlacedRows rows(map, down, across);
  const Colours colours(scale);
  for_bands(down.size, stop, [&](int64_t first, int64_t last) {
    std::vector<float> scratch, values(static_cast<size_t>(across.end - across.begin));
    for (int64_t y = first; y < last; ++y) {
      const uint8_t* in = picture.data + y * across.size * 3;
      uint8_t* line = out + y * across.size * 3;
      if (y < down.begin || y >= down.end) {
        hatch(in, y, 0, across.size, stripe, line);
        continue;
      }
      hatch(in, y, 0, across.begin, stripe, line);
      rows.row(y, &scratch, values.data());
      colour(in + 3 * across.begin, values, colours, line + 3 * across.begin);
      hatch(in, y, across.end, across.size, stripe, line);
    }
  });
}

}  // namespace dinomaly
