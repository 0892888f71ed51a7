// What a parity check prints and remembers: the largest error of each stage beside its tolerance.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace dinomaly::parity {

class Report {
 public:
  // max|actual - expected| / max|expected|; another shape, or NaN in other places, is an infinite error.
  void relative(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected, double tolerance);

  // ||actual - expected|| / ||expected||: for rounded arithmetic, whose largest error is one of chance.
  void root_mean_square(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected,
                        double tolerance);

  // |actual - expected| of two numbers; a NaN equals only another NaN.
  void absolute(const std::string& stage, double actual, double expected, double tolerance);

  // Keeps the worst of several parts under one name, printed by flush().
  void worst(const std::string& stage, const std::string& part, double error, double tolerance);
  void flush();

  void failure(const std::string& stage, const std::string& message);

  bool passed() const { return failures_ == 0; }
  int checks() const { return checks_; }

 private:
  void line(const std::string& stage, double error, double tolerance, const std::string& part);

  struct Worst {
    std::string stage, part;
    double error, tolerance;
  };
  std::vector<Worst> worst_;
  int checks_ = 0;
  int failures_ = 0;
};

// The error that relative() would report: (max|actual - expected| - floor, at least 0) / max|expected|.
double relative_error(const at::Tensor& actual, const at::Tensor& expected, double floor = 0);

}  // namespace dinomaly::parity
