// What the files written in AVX-512 share. The build names no instruction set: each function says which it needs.
#pragma once

#include <c10/util/BFloat16.h>
#include <immintrin.h>

#include <cstdint>

#define DINOMALY_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define DINOMALY_AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))

namespace dinomaly {

inline constexpr int64_t kLanes = 16;

DINOMALY_AVX512 inline __mmask16 lanes(int64_t left) {
  return static_cast<__mmask16>(left >= kLanes ? 0xFFFF : (1U << left) - 1U);
}

DINOMALY_AVX512 inline __m512 load(const float* x, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, x); }

DINOMALY_AVX512 inline __m512 load(const c10::BFloat16* x, __mmask16 mask) {
  const __m256i raw = _mm256_maskz_loadu_epi16(mask, x);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(raw), 16));
}

DINOMALY_AVX512_BF16 inline void store(c10::BFloat16* out, __mmask16 mask, __m512 x) {
  const __m256bh rounded = _mm512_cvtneps_pbh(x);
  _mm256_mask_storeu_epi16(out, mask, reinterpret_cast<const __m256i&>(rounded));
}

}  // namespace dinomaly
