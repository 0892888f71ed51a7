// What a parity check prints and remembers: the largest error of each stage beside what is allowed.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace dinomaly::parity {

// How far two values are apart, and how far they may be.
struct Deviation {
  double error;
  double allowed;
};

// max|actual - expected| / max|expected|, or without the division where nothing but zeros is expected. Another shape,
// NaN or infinity in other places, and a tensor without values are an infinite error.
double relative_error(const at::Tensor& actual, const at::Tensor& expected);

// As relative_error, where max|actual - expected| may be `tolerance` * max|expected| + `floor`.
Deviation deviation(const at::Tensor& actual, const at::Tensor& expected, double tolerance, double floor);

class Report {
 public:
  void relative(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected, double tolerance);

  // ||actual - expected|| / ||expected||: for rounded arithmetic, whose largest error is one of chance.
  void root_mean_square(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected,
                        double tolerance);

  // |actual - expected| of two numbers; NaN differs from everything.
  void absolute(const std::string& stage, double actual, double expected, double tolerance);

  // Keeps, of several parts under one name, the one that is furthest towards what it is allowed; flush() prints it.
  void worst(const std::string& stage, const std::string& part, Deviation deviation);
  void flush();

  void failure(const std::string& stage, const std::string& message);

  bool passed() const { return failures_ == 0; }
  int checks() const { return checks_; }

 private:
  void line(const std::string& stage, Deviation deviation, const std::string& note);

  struct Worst {
    std::string stage, part;
    Deviation deviation;
  };
  std::vector<Worst> worst_;
  int checks_ = 0;
  int failures_ = 0;
};

}  // namespace dinomaly::parity
