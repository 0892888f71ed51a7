#include "report.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace dinomaly::parity {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Above 1 where an error is larger than is allowed.
double share(const Deviation& one) {
  if (one.error <= one.allowed) return one.allowed > 0 ? one.error / one.allowed : 0;
  return one.allowed > 0 ? one.error / one.allowed : kInfinite;
}

}  // namespace

double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  return deviation(actual, expected, 0, 0).error;
}

Deviation deviation(const at::Tensor& actual, const at::Tensor& expected, double tolerance, double floor) {
  if (actual.sizes() != expected.sizes() || expected.numel() == 0) return {kInfinite, tolerance};
  const at::Tensor a = actual.detach().to(at::kCPU, at::kDouble);
  const at::Tensor b = expected.detach().to(at::kCPU, at::kDouble);
  if (!a.isfinite().all().item<bool>() || !b.isfinite().all().item<bool>()) return {kInfinite, tolerance};
  const double difference = (a - b).abs().max().item<double>();
  const double largest = b.abs().max().item<double>();
  const double scale = largest > 0 ? largest : 1;
  return {difference / scale, tolerance + floor / scale};
}

void Report::line(const std::string& stage, Deviation deviation, const std::string& note) {
  const bool ok = deviation.error <= deviation.allowed;
  ++checks_;
  if (!ok) ++failures_;
  std::printf("%-4s %-44s error %10.3e  allowed %8.1e%s%s\n", ok ? "ok" : "FAIL", stage.c_str(), deviation.error,
              deviation.allowed, note.empty() ? "" : "  ", note.c_str());
}

void Report::relative(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected,
                      double tolerance) {
  line(stage, deviation(actual, expected, tolerance, 0), "");
}

void Report::root_mean_square(const std::string& stage, const at::Tensor& actual, const at::Tensor& expected,
                              double tolerance) {
  const at::Tensor a = actual.detach().to(at::kCPU, at::kDouble);
  const at::Tensor b = expected.detach().to(at::kCPU, at::kDouble);
  const double error = a.sizes() == b.sizes() ? ((a - b).norm() / b.norm()).item<double>() : kInfinite;
  line(stage, {std::isnan(error) ? kInfinite : error, tolerance}, "root mean square");
}

void Report::absolute(const std::string& stage, double actual, double expected, double tolerance) {
  const double error = std::abs(actual - expected);
  line(stage, {std::isnan(error) ? kInfinite : error, tolerance}, "");
}

void Report::worst(const std::string& stage, const std::string& part, Deviation deviation) {
  if (std::isnan(deviation.error)) deviation.error = kInfinite;
  const auto found = std::find_if(worst_.begin(), worst_.end(), [&](const Worst& one) { return one.stage == stage; });
  if (found == worst_.end()) {
    worst_.push_back({stage, part, deviation});
  } else if (share(deviation) > share(found->deviation)) {
    *found = {stage, part, deviation};
  }
}

void Report::flush() {
  for (const Worst& one : worst_) line(one.stage, one.deviation, "worst at " + one.part);
  worst_.clear();
}

void Report::failure(const std::string& stage, const std::string& message) {
  ++checks_;
  ++failures_;
  std::printf("FAIL %-44s %s\n", stage.c_str(), message.c_str());
}

}  // namespace dinomaly::parity
