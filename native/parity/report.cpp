#include "report.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace dinomaly::parity {

double relative_error(const at::Tensor& actual, const at::Tensor& expected, double floor) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (actual.sizes() != expected.sizes()) return kInfinite;
  if (actual.numel() == 0) return 0;
  const at::Tensor a = actual.detach().to(at::kCPU, at::kDouble);
  const at::Tensor b = expected.detach().to(at::kCPU, at::kDouble);
  if (!a.isfinite().eq(b.isfinite()).all().item<bool>() || !b.isfinite().all().item<bool>()) return kInfinite;
  const double difference = std::max(0.0, (a - b).abs().max().item<double>() - floor);
  const double scale = b.abs().max().item<double>();
  return scale > 0 ? difference / scale : difference;
}

void Report::line(const std::string& stage, double error, double tolerance, const std::string& part) {
  const bool ok = error <= tolerance;
  ++checks_;
  if (!ok) ++failures_;
  std::printf("%-4s %-44s error %10.3e  tolerance %8.1e%s%s\n", ok ? "ok" : "FAIL", stage.c_str(), error, tolerance,
              part.empty() ? "" : "  worst at ", part.c_str());
}

void Report::relative(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected,
                      double tolerance) {
  line(stage, relative_error(actual, expected), tolerance, "");
}

void Report::root_mean_square(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected,
                              double tolerance) {
  const at::Tensor a = actual.detach().to(at::kCPU, at::kDouble);
  const at::Tensor b = expected.detach().to(at::kCPU, at::kDouble);
  const double error = a.sizes() == b.sizes() ? ((a - b).norm() / b.norm()).item<double>() : INFINITY;
  line(stage, std::isnan(error) ? INFINITY : error, tolerance, "root mean square");
}

void Report::absolute(const std::string& stage, double actual, double expected, double tolerance) {
  const bool same_nan = std::isnan(actual) && std::isnan(expected);
  const double error = same_nan ? 0 : std::abs(actual - expected);
  line(stage, std::isnan(error) ? std::numeric_limits<double>::infinity() : error, tolerance, "");
}

void Report::worst(const std::string& stage, const std::string& part, double error, double tolerance) {
  const auto found = std::find_if(worst_.begin(), worst_.end(), [&](const Worst& one) { return one.stage == stage; });
  if (found == worst_.end()) {
    worst_.push_back({stage, part, error, tolerance});
  } else if (!(error <= found->error)) {
    *found = {stage, part, error, tolerance};
  }
}

void Report::flush() {
  for (const Worst& one : worst_) line(one.stage, one.error, one.tolerance, one.part);
  worst_.clear();
}

void Report::failure(const std::string& stage, const std::string& message) {
  ++checks_;
  ++failures_;
  std::printf("FAIL %-44s %s\n", stage.c_str(), message.c_str());
}

}  // namespace dinomaly::parity
