// Linear layers on the CPU whose products are bf16 or int8. Everything around the products is fp32, and a part of the
// same kernel: what the input is rounded to, the bias, GELU, the residual sum. Products are oneDNN's (brgemm), the rest
// is AVX-512.
#pragma once

#include <memory>

#include "linear.h"

namespace dinomaly {

enum class Products {
  kBfloat16,
  // Weights are signed 8-bit numbers with a scale for each output channel, fixed when the layer is made; inputs are
  // unsigned ones with a scale and a zero of their own for each token, computed with it.
  kInt8,
};

// Whether this processor computes such products: AVX-512, and BF16 or VNNI.
bool has_cpu_products(Products products);

// What a layer's output is stored in where only products or attention read it: bf16, or fp32 on a processor without
// instructions for it.
at::ScalarType cpu_operand_type();

// Whether a layer of this shape can be made: whole vectors of outputs, inputs a multiple of four.
bool fits_cpu_linear(const Linear& linear);

// linear.weight [out, in] and linear.bias [out] in fp32. It takes x in fp32 or bf16, [..., in], and gives fp32, or
// where linear.feeds_products the operand type. What is not finite makes its whole token not finite.
std::shared_ptr<const PackedLinear> make_cpu_linear(const Linear& linear, Products products);

}  // namespace dinomaly
