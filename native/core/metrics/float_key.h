// Floats as unsigned integers of the same order, for radix methods.
#pragma once

#include <bit>
#include <cstdint>

namespace dinomaly {

// Finite a < b exactly when float_key(a) < float_key(b); both zeros have one key.
inline uint32_t float_key(float value) {
  const auto bits = std::bit_cast<uint32_t>(value + 0.0f);  // -0 + 0 = +0
  return bits ^ ((bits >> 31) != 0 ? 0xFFFFFFFFu : 0x80000000u);
}

// The float of a key.
inline float key_float(uint32_t key) {
  return std::bit_cast<float>(key ^ ((key >> 31) != 0 ? 0x80000000u : 0xFFFFFFFFu));
}

}  // namespace dinomaly
