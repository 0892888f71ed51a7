#include "peak_loops.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace dinomaly::bench {
namespace {

// Enough sums under way to hide the latency of two units, and few enough for the 16 registers of AVX2.
constexpr int kSums = 12;

// Hides the sums from the compiler: before the loop, so that it does not see that all are equal and keep one; after it,
// so that it does not leave out what nobody reads.
template <typename Vector>
inline __attribute__((always_inline)) void hide(Vector (&sums)[kSums]) {
  asm volatile("" : : "r"(&sums) : "memory");
}

__attribute__((target("avx512f"))) void fp32_avx512(int64_t rounds) {
  const __m512 a = _mm512_set1_ps(0.5F), b = _mm512_set1_ps(0.25F);
  __m512 sums[kSums] = {};
  hide(sums);
  for (int64_t i = 0; i < rounds; ++i) {
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(a, b, sum);
  }
  hide(sums);
}

__attribute__((target("avx2,fma"))) void fp32_avx2(int64_t rounds) {
  const __m256 a = _mm256_set1_ps(0.5F), b = _mm256_set1_ps(0.25F);
  __m256 sums[kSums] = {};
  hide(sums);
  for (int64_t i = 0; i < rounds; ++i) {
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(a, b, sum);
  }
  hide(sums);
}

__attribute__((target("avx512f,avx512bf16"))) void bf16_avx512(int64_t rounds) {
  const __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5F), _mm512_set1_ps(0.5F));
  const __m512bh b = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.25F), _mm512_set1_ps(0.25F));
  __m512 sums[kSums] = {};
  hide(sums);
  for (int64_t i = 0; i < rounds; ++i) {
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, a, b);
  }
  hide(sums);
}

__attribute__((target("avx512f,avx512vnni"))) void int8_avx512(int64_t rounds) {
  const __m512i a = _mm512_set1_epi32(0x03050709), b = _mm512_set1_epi32(0x01020304);
  __m512i sums[kSums] = {};
  hide(sums);
  for (int64_t i = 0; i < rounds; ++i) {
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, b);
  }
  hide(sums);
}

// multiply-adds of one instruction -> operations of a round
constexpr double operations(int multiply_adds) { return 2.0 * kSums * multiply_adds; }

}  // namespace

Loop fastest_loop(const std::string& precision) {
  const bool wide = __builtin_cpu_supports("avx512f");
  if (precision == "bf16" && wide && __builtin_cpu_supports("avx512bf16")) return {bf16_avx512, operations(32)};
  if (precision == "int8" && wide && __builtin_cpu_supports("avx512vnni")) return {int8_avx512, operations(64)};
  if (precision == "fp32" && wide) return {fp32_avx512, operations(16)};
  if (precision == "fp32" && __builtin_cpu_supports("fma")) return {fp32_avx2, operations(8)};
  return {};
}

}  // namespace dinomaly::bench

#else

namespace dinomaly::bench {

Loop fastest_loop(const std::string&) { return {}; }

}  // namespace dinomaly::bench

#endif
