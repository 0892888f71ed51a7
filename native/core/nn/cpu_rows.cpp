#include "cpu_rows.h"

#if defined(__x86_64__)

#include <cmath>
#include <limits>

#include "avx512.h"

namespace dinomaly::rows {
namespace {

// Beyond it GELU is x or 0 to four digits.
constexpr float kGeluReach = 4.16F;

// x Phi(x), Phi the normal distribution: 1/2 + x q(x^2) within the reach, which is 0 and 1 at its ends; to 8e-5. For
// numbers that are then rounded to 8 bits.
DINOMALY_AVX512 inline __m512 gelu(__m512 x) {
  const __m512 near = _mm512_max_ps(_mm512_set1_ps(-kGeluReach), _mm512_min_ps(_mm512_set1_ps(kGeluReach), x));
  const __m512 u = _mm512_mul_ps(near, near);
  __m512 q = _mm512_set1_ps(-9.375874521211358e-10F);
  for (const float coefficient :
       {8.175981491831408e-08F, -3.0997446174296783e-06F, 6.77279313094914e-05F, -0.0009568302193656564F,
        0.00932228472083807F, -0.06557200103998184F, 0.39849233627319336F}) {
    q = _mm512_fmadd_ps(q, u, _mm512_set1_ps(coefficient));
  }
  return _mm512_mul_ps(x, _mm512_fmadd_ps(near, q, _mm512_set1_ps(0.5F)));
}

enum class Then { kNothing, kGelu, kAdd };

Then what_follows(const Epilogue& epilogue) {
  if (epilogue.gelu) return Then::kGelu;
  return epilogue.residual == nullptr ? Then::kNothing : Then::kAdd;
}

// What sums are worth. The values of some columns stay in registers while their rows are finished.
struct FloatSums {
  const float* sums;

  struct Column {};
  DINOMALY_AVX512 Column column(int64_t) const { return {}; }
  DINOMALY_AVX512 __m512 worth(const Column&, int64_t, int64_t place) const { return _mm512_loadu_ps(sums + place); }
};

struct IntegerSums {
  const int32_t* sums;
  const Quanta& quanta;

  struct Column {
    __m512 scale, weight_sum;
  };
  DINOMALY_AVX512 Column column(int64_t i) const {
    return {_mm512_loadu_ps(quanta.scales + i), _mm512_loadu_ps(quanta.weight_sums + i)};
  }
  DINOMALY_AVX512 __m512 worth(const Column& column, int64_t row, int64_t place) const {
    const Quantum quantum = quanta.rows[row];
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums + place));
    const __m512 zero = _mm512_mul_ps(column.weight_sum, _mm512_set1_ps(static_cast<float>(quantum.zero)));
    return _mm512_mul_ps(_mm512_fmsub_ps(sum, column.scale, zero), _mm512_set1_ps(quantum.scale));
  }
};

template <Then kThen>
DINOMALY_AVX512 inline __m512 followed(__m512 x, const Epilogue& epilogue, int64_t place) {
  if constexpr (kThen == Then::kGelu) return gelu(x);
  if constexpr (kThen == Then::kAdd) return _mm512_add_ps(x, _mm512_loadu_ps(epilogue.residual + place));
  return x;
}

// Row by row, since results that lie a row apart would drive each other out of the first cache. As in cpu_vectors.cpp,
// what stores bf16 is compiled for another processor than what stores fp32.

template <Then kThen, int kVectors, typename Sums>
DINOMALY_AVX512 void finish_columns(const Sums& sums, const Block& block, const Epilogue& epilogue, int64_t first,
                                    float* out) {
  typename Sums::Column columns[kVectors];
  __m512 bias[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    columns[v] = sums.column(first + v * kLanes);
    bias[v] = _mm512_loadu_ps(epilogue.bias + first + v * kLanes);
  }
  for (int64_t row = 0; row < block.rows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      const int64_t i = first + v * kLanes, place = row * block.stride + i;
      const __m512 x = _mm512_add_ps(sums.worth(columns[v], row, row * block.columns + i), bias[v]);
      _mm512_storeu_ps(out + place, followed<kThen>(x, epilogue, place));
    }
  }
}

template <Then kThen, int kVectors, typename Sums>
DINOMALY_AVX512_BF16 void finish_columns(const Sums& sums, const Block& block, const Epilogue& epilogue, int64_t first,
                                         c10::BFloat16* out) {
  typename Sums::Column columns[kVectors];
  __m512 bias[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    columns[v] = sums.column(first + v * kLanes);
    bias[v] = _mm512_loadu_ps(epilogue.bias + first + v * kLanes);
  }
  for (int64_t row = 0; row < block.rows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      const int64_t i = first + v * kLanes, place = row * block.stride + i;
      const __m512 x = _mm512_add_ps(sums.worth(columns[v], row, row * block.columns + i), bias[v]);
      store(out + place, lanes(kLanes), followed<kThen>(x, epilogue, place));
    }
  }
}

template <Then kThen, typename Sums, typename Out>
void finish_block(const Sums& sums, const Block& block, const Epilogue& epilogue, Out* out) {
  constexpr int kAtOnce = 4;
  int64_t first = 0;
  for (; first + kAtOnce * kLanes <= block.columns; first += kAtOnce * kLanes) {
    finish_columns<kThen, kAtOnce>(sums, block, epilogue, first, out);
  }
  for (; first < block.columns; first += kLanes) finish_columns<kThen, 1>(sums, block, epilogue, first, out);
}

template <typename Sums, typename Out>
void finish_sums(const Sums& sums, const Block& block, const Epilogue& epilogue, Out* out) {
  switch (what_follows(epilogue)) {
    case Then::kNothing:
      return finish_block<Then::kNothing>(sums, block, epilogue, out);
    case Then::kGelu:
      return finish_block<Then::kGelu>(sums, block, epilogue, out);
    case Then::kAdd:
      return finish_block<Then::kAdd>(sums, block, epilogue, out);
  }
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

DINOMALY_AVX512 void normalise(const float* x, int64_t count, const float* weight, const float* bias, float eps,
                               float* out) {
  __m512 sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < count; i += kLanes) sum = _mm512_add_ps(sum, load(x + i, lanes(count - i)));
  const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / static_cast<float>(count));
  __m512 squares = _mm512_setzero_ps();
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    const __m512 distance = _mm512_maskz_sub_ps(mask, load(x + i, mask), mean);
    squares = _mm512_fmadd_ps(distance, distance, squares);
  }
  const float variance = _mm512_reduce_add_ps(squares) / static_cast<float>(count);
  const __m512 factor = _mm512_set1_ps(1 / std::sqrt(variance + eps));
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    const __m512 scaled = _mm512_mul_ps(_mm512_sub_ps(load(x + i, mask), mean), factor);
    _mm512_mask_storeu_ps(out + i, mask, _mm512_fmadd_ps(scaled, load(weight + i, mask), load(bias + i, mask)));
  }
}

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

void finish(const float* sums, const Block& block, const Epilogue& epilogue, float* out) {
  finish_sums(FloatSums{sums}, block, epilogue, out);
}

void finish(const float* sums, const Block& block, const Epilogue& epilogue, c10::BFloat16* out) {
  finish_sums(FloatSums{sums}, block, epilogue, out);
}

void finish(const int32_t* sums, const Block& block, const Quanta& quanta, const Epilogue& epilogue, float* out) {
  finish_sums(IntegerSums{sums, quanta}, block, epilogue, out);
}

void finish(const int32_t* sums, const Block& block, const Quanta& quanta, const Epilogue& epilogue,
            c10::BFloat16* out) {
  finish_sums(IntegerSums{sums, quanta}, block, epilogue, out);
}

}  // namespace dinomaly::rows

#endif
