#include "cpu_rows.h"

#if defined(__x86_64__)

#include <limits>

#include "avx512.h"

namespace dinomaly::rows {
namespace {

// Beyond it GELU is x or 0 to five digits.
constexpr float kGeluReach = 4.25F;

// x Phi(x), Phi the normal distribution: 1/2 + x q(x^2) within the reach, to 6e-5. For numbers that are then rounded to
// 8 bits.
DINOMALY_AVX512 inline __m512 gelu(__m512 x) {
  const __m512 reach = _mm512_set1_ps(kGeluReach);
  const __m512 u = _mm512_mul_ps(x, x);
  __m512 q = _mm512_set1_ps(9.138269839188001e-14F);
  for (const float coefficient :
       {-1.1083190788740982e-11F, 6.127939822242467e-10F, -2.064233228793455e-08F, 4.792822210220038e-07F,
        -8.246748620877042e-06F, 0.00011020358942914754F, -0.0011726138181984425F, 0.009949137456715107F,
        -0.06646997481584549F, 0.39893633127212524F}) {
    q = _mm512_fmadd_ps(q, u, _mm512_set1_ps(coefficient));
  }
  const __m512 inner = _mm512_mul_ps(x, _mm512_fmadd_ps(x, q, _mm512_set1_ps(0.5F)));
  const __mmask16 above = _mm512_cmp_ps_mask(x, reach, _CMP_GT_OQ);
  const __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_sub_ps(_mm512_setzero_ps(), reach), _CMP_LT_OQ);
  return _mm512_mask_mov_ps(_mm512_maskz_mov_ps(static_cast<__mmask16>(~below), inner), above, x);
}

DINOMALY_AVX512 inline __m512 finished(__m512 sum, const Epilogue& epilogue, int64_t i, __mmask16 mask) {
  const __m512 x = _mm512_add_ps(sum, load(epilogue.bias + i, mask));
  if (epilogue.gelu) return gelu(x);
  return epilogue.residual == nullptr ? x : _mm512_add_ps(x, load(epilogue.residual + i, mask));
}

DINOMALY_AVX512 inline __m512 worth(const int32_t* sums, const Quanta& quanta, int64_t i, __mmask16 mask) {
  const __m512i zero = _mm512_mullo_epi32(_mm512_maskz_loadu_epi32(mask, quanta.weight_sums + i),
                                          _mm512_set1_epi32(quanta.row.zero));
  const __m512i sum = _mm512_sub_epi32(_mm512_maskz_loadu_epi32(mask, sums + i), zero);
  const __m512 scale = _mm512_mul_ps(load(quanta.scales + i, mask), _mm512_set1_ps(quanta.row.scale));
  return _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
}

struct Span {
  float low = 0, high = 0;  // of the row and 0
  bool ordered = true;      // no NaN among them
};

template <typename T>
DINOMALY_AVX512 inline Span span_of(const T* x, int64_t count) {
  __m512 low = _mm512_setzero_ps(), high = low;
  __mmask16 unordered = 0;
  for (int64_t i = 0; i < count; i += kLanes) {
    const __m512 value = load(x + i, lanes(count - i));
    low = _mm512_min_ps(value, low);
    high = _mm512_max_ps(value, high);
    unordered |= _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
  }
  return {_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high), unordered == 0};
}

template <typename T>
DINOMALY_AVX512 inline Quantum quantise_row(const T* x, int64_t count, uint8_t* out) {
  constexpr float kSteps = 255;
  const Span span = span_of(x, count);
  const float width = span.high - span.low;
  const bool finite = span.ordered && width <= std::numeric_limits<float>::max();
  const float scale = finite && width > 0 ? width / kSteps : 1;
  const __m512 inverse = _mm512_set1_ps(1 / scale);
  const auto zero = static_cast<int32_t>(finite ? -span.low / scale + 0.5F : 0);
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    const __m512i nearest = _mm512_cvtps_epi32(_mm512_mul_ps(load(x + i, mask), inverse));
    const __m512i shifted = _mm512_add_epi32(nearest, _mm512_set1_epi32(zero));
    _mm512_mask_cvtusepi32_storeu_epi8(out + i, mask, _mm512_max_epi32(shifted, _mm512_setzero_si512()));
  }
  return {finite ? scale : std::numeric_limits<float>::quiet_NaN(), zero};
}

}  // namespace

DINOMALY_AVX512_BF16 void round(const float* x, int64_t count, c10::BFloat16* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    store(out + i, mask, load(x + i, mask));
  }
}

DINOMALY_AVX512 Quantum quantise(const float* x, int64_t count, uint8_t* out) { return quantise_row(x, count, out); }
DINOMALY_AVX512 Quantum quantise(const c10::BFloat16* x, int64_t count, uint8_t* out) {
  return quantise_row(x, count, out);
}

// As in cpu_vectors.cpp, those that store bf16 are compiled for another processor than those that store fp32.

DINOMALY_AVX512 void finish(const float* sums, int64_t count, const Epilogue& epilogue, float* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    _mm512_mask_storeu_ps(out + i, mask, finished(load(sums + i, mask), epilogue, i, mask));
  }
}

DINOMALY_AVX512_BF16 void finish(const float* sums, int64_t count, const Epilogue& epilogue, c10::BFloat16* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    store(out + i, mask, finished(load(sums + i, mask), epilogue, i, mask));
  }
}

DINOMALY_AVX512 void finish(const int32_t* sums, int64_t count, const Quanta& quanta, const Epilogue& epilogue,
                            float* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    _mm512_mask_storeu_ps(out + i, mask, finished(worth(sums, quanta, i, mask), epilogue, i, mask));
  }
}

DINOMALY_AVX512_BF16 void finish(const int32_t* sums, int64_t count, const Quanta& quanta, const Epilogue& epilogue,
                                 c10::BFloat16* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    store(out + i, mask, finished(worth(sums, quanta, i, mask), epilogue, i, mask));
  }
}

}  // namespace dinomaly::rows

#endif
