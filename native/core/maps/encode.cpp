#include "encode.h"

#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>

#include "../parallel.h"

namespace dinomaly {
namespace {

constexpr double kLevels = 65534;

template <typename Out, typename Convert>
void convert(std::span<const float> values, uint8_t* out, const StopToken& stop, const Convert& one) {
  constexpr int64_t kChunk = 1 << 20;
  const auto count = static_cast<int64_t>(values.size());
  auto* typed = reinterpret_cast<Out*>(out);
  run_parallel((count + kChunk - 1) / kChunk, stop, [&](int64_t chunk) {
    const int64_t last = std::min(count, (chunk + 1) * kChunk);
    for (int64_t i = chunk * kChunk; i < last; ++i) typed[i] = one(values[static_cast<size_t>(i)]);
  });
}

}  // namespace

int64_t encoded_bytes(MapEncoding encoding) {
  switch (encoding) {
    case MapEncoding::kBinary:
      return 1;
    case MapEncoding::kFloat32:
      return 4;
    default:
      return 2;
  }
}

void encode_map(std::span<const float> values, const MapEncoder& encoder, uint8_t* out, const StopToken& stop) {
  const auto filled = [fill = encoder.fill](float value) { return std::isnan(value) ? fill : value; };
  switch (encoder.encoding) {
    case MapEncoding::kUint16:
      return convert<uint16_t>(values, out, stop, [&, factor = kLevels / (encoder.high - encoder.low)](float value) {
        const float full = filled(value);
        if (std::isnan(full)) return uint16_t{0};
        const double level = std::clamp((static_cast<double>(full) - encoder.low) * factor, 0.0, kLevels);
        return static_cast<uint16_t>(1 + std::nearbyint(level));
      });
    case MapEncoding::kFloat16:
      return convert<c10::Half>(values, out, stop, [&](float value) { return c10::Half(filled(value)); });
    case MapEncoding::kFloat32:
      return convert<float>(values, out, stop, filled);
    case MapEncoding::kBinary:
      return convert<uint8_t>(values, out, stop, [&](float value) {
        return static_cast<uint8_t>(static_cast<double>(filled(value)) > encoder.low ? 255 : 0);
      });
  }
}

}  // namespace dinomaly
