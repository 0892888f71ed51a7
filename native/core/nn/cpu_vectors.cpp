#include "cpu_vectors.h"

#if defined(__x86_64__)

#include <cmath>
#include <limits>
#include <type_traits>

#include "avx512.h"

namespace dinomaly::vectors {
namespace {

// exp(x): 2^n times a polynomial in what is left of x, at most ln 2 / 2 from 0. Of very negative x it is 0. Exact to
// 3e-7 relative, or where the result is rounded to 8 bits to 5e-5.
template <bool kRounded>
DINOMALY_AVX512 inline __m512 exponential(__m512 argument) {
  // Below this it is 0 all the same. The second operand is what comes of a NaN.
  const __m512 x = _mm512_max_ps(_mm512_set1_ps(-110), argument);
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504F)),
                                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln 2 in two parts, so that n times it is exact.
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375F), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4F), r);
  __m512 p = _mm512_set1_ps(1.0F / 24);
  if constexpr (!kRounded) {
    p = _mm512_set1_ps(1.0F / 5040);
    for (const float coefficient : {1.0F / 720, 1.0F / 120, 1.0F / 24}) {
      p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(coefficient));
    }
  }
  for (const float coefficient : {1.0F / 6, 0.5F, 1.0F, 1.0F}) p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(coefficient));
  return _mm512_scalef_ps(p, n);
}

DINOMALY_AVX512 inline float largest(const float* x, int64_t count) {
  __m512 most = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    most = _mm512_mask_max_ps(most, mask, most, _mm512_maskz_loadu_ps(mask, x + i));
  }
  return _mm512_reduce_max_ps(most);
}

template <bool kRounded>
DINOMALY_AVX512 inline __m512 phi(__m512 x) {
  const __mmask16 positive = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ);
  // A NaN is not above 0, and its exponential stays one.
  return _mm512_mask_add_ps(exponential<kRounded>(_mm512_mask_mov_ps(x, positive, _mm512_setzero_ps())), positive, x,
                            _mm512_set1_ps(1));
}

template <typename T>
DINOMALY_AVX512 inline void phi_of_row(const T* x, int64_t count, float* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    _mm512_mask_storeu_ps(out + i, mask, phi<std::is_same_v<T, c10::BFloat16>>(load(x + i, mask)));
  }
}

struct Pair {
  __m512 first, second;
};

template <typename T>
DINOMALY_AVX512 inline Pair turned_pair(const T* x, int64_t half, const float* cos, const float* sin, int64_t i,
                                        __mmask16 mask) {
  const __m512 a = load(x + i, mask), b = load(x + half + i, mask);
  return {_mm512_fnmadd_ps(b, load(sin + i, mask), _mm512_mul_ps(a, load(cos + i, mask))),
          _mm512_fmadd_ps(a, load(sin + half + i, mask), _mm512_mul_ps(b, load(cos + half + i, mask)))};
}

template <typename T>
DINOMALY_AVX512 inline void widened_row(const T* x, int64_t count, float* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    _mm512_mask_storeu_ps(out + i, mask, load(x + i, mask));
  }
}

}  // namespace

bool supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}

bool bfloat16_supported() { return supported() && __builtin_cpu_supports("avx512bf16"); }

bool int8_supported() { return supported() && __builtin_cpu_supports("avx512vnni"); }

// The two of each pair below store by different instructions, so they are compiled for different processors: one
// template would have to be compiled for the larger set, which not every processor that runs the first has.

DINOMALY_AVX512 float exponentials(const float* x, int64_t count, float scale, float* out, int64_t padded) {
  const __m512 factor = _mm512_set1_ps(scale), most = _mm512_set1_ps(largest(x, count));
  __m512 sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    const __m512 e = exponential<false>(_mm512_mul_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + i), most), factor));
    sum = _mm512_mask_add_ps(sum, mask, sum, e);
    _mm512_mask_storeu_ps(out + i, mask, e);
  }
  for (int64_t i = count; i < padded; ++i) out[i] = 0;
  return _mm512_reduce_add_ps(sum);
}

DINOMALY_AVX512_BF16 float exponentials(const float* x, int64_t count, float scale, c10::BFloat16* out,
                                        int64_t padded) {
  const __m512 factor = _mm512_set1_ps(scale), most = _mm512_set1_ps(largest(x, count));
  __m512 sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    const __m512 e = exponential<true>(_mm512_mul_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + i), most), factor));
    sum = _mm512_mask_add_ps(sum, mask, sum, e);
    store(out + i, mask, e);
  }
  for (int64_t i = count; i < padded; ++i) out[i] = c10::BFloat16(0.0F);
  return _mm512_reduce_add_ps(sum);
}

DINOMALY_AVX512 void scaled_and_added(float* x, int64_t count, float factor, const float* y) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    _mm512_mask_storeu_ps(x + i, mask, _mm512_fmadd_ps(load(x + i, mask), _mm512_set1_ps(factor), load(y + i, mask)));
  }
}

DINOMALY_AVX512 void turned(const float* x, int64_t count, const float* cos, const float* sin, float* out) {
  const int64_t half = count / 2;
  for (int64_t i = 0; i < half; i += kLanes) {
    const Pair pair = turned_pair(x, half, cos, sin, i, lanes(half - i));
    _mm512_mask_storeu_ps(out + i, lanes(half - i), pair.first);
    _mm512_mask_storeu_ps(out + half + i, lanes(half - i), pair.second);
  }
}

DINOMALY_AVX512_BF16 void turned(const c10::BFloat16* x, int64_t count, const float* cos, const float* sin,
                                 c10::BFloat16* out) {
  const int64_t half = count / 2;
  for (int64_t i = 0; i < half; i += kLanes) {
    const Pair pair = turned_pair(x, half, cos, sin, i, lanes(half - i));
    store(out + i, lanes(half - i), pair.first);
    store(out + half + i, lanes(half - i), pair.second);
  }
}

DINOMALY_AVX512 void scaled(const float* x, int64_t count, float factor, float* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    _mm512_mask_storeu_ps(out + i, mask, _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), _mm512_set1_ps(factor)));
  }
}

DINOMALY_AVX512_BF16 void scaled(const float* x, int64_t count, float factor, c10::BFloat16* out) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    store(out + i, mask, _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), _mm512_set1_ps(factor)));
  }
}

DINOMALY_AVX512 void phi(const float* x, int64_t count, float* out) { phi_of_row(x, count, out); }
DINOMALY_AVX512 void phi(const c10::BFloat16* x, int64_t count, float* out) { phi_of_row(x, count, out); }

DINOMALY_AVX512 void widened(const float* x, int64_t count, float* out) { widened_row(x, count, out); }
DINOMALY_AVX512 void widened(const c10::BFloat16* x, int64_t count, float* out) { widened_row(x, count, out); }

DINOMALY_AVX512 void add(const float* x, int64_t count, float* sum) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    _mm512_mask_storeu_ps(sum + i, mask,
                          _mm512_add_ps(_mm512_maskz_loadu_ps(mask, sum + i), _mm512_maskz_loadu_ps(mask, x + i)));
  }
}

DINOMALY_AVX512 float dot(const float* a, const float* b, int64_t count) {
  __m512 sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, a + i), _mm512_maskz_loadu_ps(mask, b + i), sum);
  }
  return _mm512_reduce_add_ps(sum);
}

DINOMALY_AVX512 void mean(const float* const* inputs, int64_t inputs_count, int64_t count, float* out) {
  const __m512 divisor = _mm512_set1_ps(static_cast<float>(inputs_count));
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = lanes(count - i);
    __m512 sum = load(inputs[0] + i, mask);
    for (int64_t k = 1; k < inputs_count; ++k) sum = _mm512_add_ps(sum, load(inputs[k] + i, mask));
    _mm512_mask_storeu_ps(out + i, mask, _mm512_div_ps(sum, divisor));
  }
}

DINOMALY_AVX512 float cosine_distance(const float* a, const float* b, int64_t count, float eps) {
  __m512 ab = _mm512_setzero_ps(), aa = ab, bb = ab;
  for (int64_t i = 0; i < count; i += kLanes) {
    const __m512 x = load(a + i, lanes(count - i)), y = load(b + i, lanes(count - i));
    ab = _mm512_fmadd_ps(x, y, ab);
    aa = _mm512_fmadd_ps(x, x, aa);
    bb = _mm512_fmadd_ps(y, y, bb);
  }
  const auto length = [eps](float square) {
    const float root = std::sqrt(square);
    return root < eps ? eps : root;  // a NaN stays one
  };
  return 1 - _mm512_reduce_add_ps(ab) / length(_mm512_reduce_add_ps(aa)) / length(_mm512_reduce_add_ps(bb));
}

}  // namespace dinomaly::vectors

#endif
