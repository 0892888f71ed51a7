// Rows of numbers by AVX-512. x86-64 only. The build names no instruction set: each function
// says which it needs, and supported() whether this processor has it.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace dinomaly::vectors {

bool supported();           // AVX-512 F, BW, DQ, VL
bool bfloat16_supported();  // and BF16
bool int8_supported();      // and VNNI

// out[i] = exp(scale * (x[i] - max x)) for i < count, zeros up to `padded`; the sum of them before they are rounded.
// Each exact to 3e-7 relative, in bf16 to half of its last bit and 5e-5.
float exponentials(const float* x, int64_t count, float scale, float* out, int64_t padded);
float exponentials(const float* x, int64_t count, float scale, c10::BFloat16* out, int64_t padded);

// x[i] = factor * x[i] + y[i]
void scaled_and_added(float* x, int64_t count, float factor, const float* y);

// A rotation of each channel of the first half with its counterpart in the second, as Rotary::turn: out[i] = x[i]
// cos[i] - x[i + count / 2] sin[i], and in the second half x[i] cos[i] + x[i - count / 2] sin[i].
void turned(const float* x, int64_t count, const float* cos, const float* sin, float* out);
void turned(const c10::BFloat16* x, int64_t count, const float* cos, const float* sin, c10::BFloat16* out);

// out[i] = factor * x[i]
void scaled(const float* x, int64_t count, float factor, float* out);
void scaled(const float* x, int64_t count, float factor, c10::BFloat16* out);

// out[i] = x[i] > 0 ? x[i] + 1 : exp(x[i])
void phi(const float* x, int64_t count, float* out);
void phi(const c10::BFloat16* x, int64_t count, float* out);

// out[i] = x[i]
void widened(const float* x, int64_t count, float* out);
void widened(const c10::BFloat16* x, int64_t count, float* out);

// sum[i] += x[i]
void add(const float* x, int64_t count, float* sum);

float dot(const float* a, const float* b, int64_t count);

// out[i] = (inputs[0][i] + inputs[1][i] + ...) / how many there are
void mean(const float* const* inputs, int64_t inputs_count, int64_t count, float* out);

// 1 - a b / (|a| |b|), lengths below eps counting as eps.
float cosine_distance(const float* a, const float* b, int64_t count, float eps);

}  // namespace dinomaly::vectors
