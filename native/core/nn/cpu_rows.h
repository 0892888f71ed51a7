// What happens to a row of numbers before and after a product, by AVX-512, for cpu_linear.cpp and layer_norm.cpp.
// x86-64 only; vectors::supported() says whether this processor has what the fp32 functions need,
// vectors::bfloat16_supported() for those that store bf16.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace dinomaly::rows {

// Rounds to the nearest, even ones of two.
void round(const float* x, int64_t count, c10::BFloat16* out);

// out[i] = (x[i] - mean) / sqrt(variance + eps) * weight[i] + bias[i], mean and variance those of x.
void normalise(const float* x, int64_t count, const float* weight, const float* bias, float eps, float* out);

// A number is scale * (q - zero), q from 0 to 255.
struct Quantum {
  float scale;
  int32_t zero;
};

// The 8-bit numbers that span a row, 0 among what they give exactly. The scale of a row that is not finite is NaN.
Quantum quantise(const float* x, int64_t count, uint8_t* out);
Quantum quantise(const c10::BFloat16* x, int64_t count, uint8_t* out);

// A block of rows and columns within larger ones.
struct Block {
  int64_t rows, columns;  // columns: a multiple of 16
  int64_t stride;         // from a row to the next in what is added and in the result; the sums lie close together
};

// What is made of sums: the bias of each column, then GELU, or another tensor added.
struct Epilogue {
  const float* bias;
  const float* residual;  // or none
  bool gelu;

  // The same for the block that begins so many columns to the right, and so many values further on.
  Epilogue at(int64_t column, int64_t offset) const {
    return {bias + column, residual == nullptr ? nullptr : residual + offset, gelu};
  }
};

void finish(const float* sums, const Block& block, const Epilogue& epilogue, float* out);
void finish(const float* sums, const Block& block, const Epilogue& epilogue, c10::BFloat16* out);

// Sums of 8-bit numbers. Each is worth its row's scale times its column's, once what the row's zero has added is taken
// away.
struct Quanta {
  const float* scales;       // of the columns
  const float* weight_sums;  // of the columns: what a row of ones is worth
  const Quantum* rows;
};

void finish(const int32_t* sums, const Block& block, const Quanta& quanta, const Epilogue& epilogue, float* out);
void finish(const int32_t* sums, const Block& block, const Quanta& quanta, const Epilogue& epilogue,
            c10::BFloat16* out);

}  // namespace dinomaly::rows
