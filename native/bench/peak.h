// What the CPU can do at best in a type of numbers, for shares of it. Not what memory lets a network do.
#pragma once

#include <string>

namespace dinomaly::bench {

struct Peak {
  // Operations per second of all threads of libtorch, a multiply-add counted as two; 0 where there is none.
  double loop = 0;     // the widest multiply-add instruction of x86 without AMX, on registers
  double product = 0;  // libtorch's product of square matrices, which is the higher one where a CPU has AMX
};

// precision: fp32, bf16 or int8. Takes about half a second. Throws INVALID_INPUT for another.
Peak measure_peak(const std::string& precision);

}  // namespace dinomaly::bench
