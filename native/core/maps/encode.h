// Map values as files hold them.
#pragma once

#include <cstdint>
#include <span>

#include "../stop_token.h"

namespace dinomaly {

enum class MapEncoding {
  kUint16,   // 1 to 65535 linearly over [low, high], values beyond held at the ends; 0 for NaN
  kFloat16,  // rounded to nearest even; beyond 65504 infinite
  kFloat32,
  kBinary,  // 255 above `low`, else 0, also for NaN; 8 bits
};

struct MapEncoder {
  MapEncoding encoding = MapEncoding::kFloat32;
  double low = 0;
  double high = 1;
  float fill = 0;  // in place of NaN, before all else; NaN keeps it
};

// Bytes of a value.
int64_t encoded_bytes(MapEncoding encoding);

// out: values.size() * encoded_bytes bytes, in the machine's byte order, aligned to the value.
void encode_map(std::span<const float> values, const MapEncoder& encoder, uint8_t* out, const StopToken& stop);

}  // namespace dinomaly
