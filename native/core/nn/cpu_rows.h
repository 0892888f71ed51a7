// What happens to a row of numbers before and after a product, by AVX-512, for cpu_linear.cpp. x86-64 only;
// vectors::supported() says whether this processor has what the fp32 functions need, vectors::bfloat16_supported() for
// those that store bf16.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace dinomaly::rows {

// Rounds to the nearest, even ones of two.
void round(const float* x, int64_t count, c10::BFloat16* out);

// A number is scale * (q - zero), q from 0 to 255.
struct Quantum {
  float scale;
  int32_t zero;
};

// The 8-bit numbers that span a row, 0 among what they give exactly. The scale of a row that is not finite is NaN.
Quantum quantise(const float* x, int64_t count, uint8_t* out);
Quantum quantise(const c10::BFloat16* x, int64_t count, uint8_t* out);

// What is made of a row of sums: bias, then GELU, or a row of another tensor added.
struct Epilogue {
  const float* bias;
  const float* residual;  // or none
  bool gelu;

  Epilogue from(int64_t column) const {
    return {bias + column, residual == nullptr ? nullptr : residual + column, gelu};
  }
  Epilogue below(int64_t values) const { return {bias, residual == nullptr ? nullptr : residual + values, gelu}; }
};

void finish(const float* sums, int64_t count, const Epilogue& epilogue, float* out);
void finish(const float* sums, int64_t count, const Epilogue& epilogue, c10::BFloat16* out);

// The same for sums of 8-bit numbers: they are worth scale of the output times quantum of the row, once the row's zero
// times the sum of the output's weights is taken away.
struct Quanta {
  const float* scales;
  const int32_t* weight_sums;
  Quantum row;
};

void finish(const int32_t* sums, int64_t count, const Quanta& quanta, const Epilogue& epilogue, float* out);
void finish(const int32_t* sums, int64_t count, const Quanta& quanta, const Epilogue& epilogue, c10::BFloat16* out);

}  // namespace dinomaly::rows
