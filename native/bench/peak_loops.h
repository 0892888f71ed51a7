// Loops of multiply-adds on registers, one a type of numbers.
#pragma once

#include <cstdint>
#include <string>

namespace dinomaly::bench {

struct Loop {
  void (*run)(int64_t rounds) = nullptr;  // nullptr: this CPU has no such instruction
  double operations = 0;                  // of one round, a multiply-add counted as two
};

// precision: fp32, bf16 or int8.
Loop fastest_loop(const std::string& precision);

}  // namespace dinomaly::bench
