// The metrics of every metrics case, against scikit-learn's and the authors' values.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "case_file.h"
#include "checks.h"
#include "core/metrics/class_metrics.h"
#include "core/weights/safetensors.h"

namespace dinomaly::parity {
namespace {

constexpr double kMetric = 1e-6;

// maps [K, H, W] fp32, masks [K, H, W], labels and scores [K].
ClassMetrics compute(const at::Tensor& maps, const at::Tensor& masks, const at::Tensor& labels,
                     const at::Tensor& scores) {
  const int64_t count = maps.size(0);
  const auto pixels = static_cast<size_t>(maps[0].numel());
  MetricsInput input;
  input.height = maps.size(1);
  input.width = maps.size(2);
  for (int64_t i = 0; i < count; ++i) {
    input.maps.emplace_back(maps.data_ptr<float>() + i * maps[0].numel(), pixels);
    input.masks.emplace_back(masks.data_ptr<uint8_t>() + i * maps[0].numel(), pixels);
    input.labels.push_back(labels[i].item<uint8_t>());
    input.scores.push_back(scores[i].item<double>());
  }
  return compute_metrics(input);
}

// Metrics of the maps of one case.
ClassMetrics compute_case(const std::string& folder, const std::string& name) {
  const TensorMap tensors = read_safetensors(folder + "/metrics-" + name + ".safetensors", nullptr);
  return compute(tensor_of(tensors, "maps").to(at::kFloat).contiguous(),
                 tensor_of(tensors, "masks").to(at::kByte).contiguous(), tensor_of(tensors, "labels").to(at::kByte),
                 tensor_of(tensors, "scores"));
}

using Values = std::vector<std::pair<const char*, std::optional<Estimate>>>;

void check_cases(const std::string& folder, Values (*values)(const ClassMetrics&), Report& report) {
  const CaseConfig expected(folder + "/metrics.json");
  for (const std::string& name : expected.members()) {
    for (const auto& [metric, value] : values(compute_case(folder, name))) {
      report.absolute("metrics " + name + " " + metric, value ? value->value : NAN,
                      expected.number(name + "." + metric), kMetric);
    }
  }
}

}  // namespace

void check_metrics(const std::string& folder, at::Device /*device*/, Report& report) {
  const auto seven = [](const ClassMetrics& actual) -> Values {
    return {{"i_auroc", actual.image.auroc}, {"i_ap", actual.image.ap}, {"i_f1max", actual.image.f1_max},
            {"p_auroc", actual.pixel.auroc}, {"p_ap", actual.pixel.ap}, {"p_f1max", actual.pixel.f1_max},
            {"p_aupro", actual.aupro}};
  };
  check_cases(folder, seven, report);
}

void check_exact_pro(const std::string& folder, at::Device /*device*/, Report& report) {
  const auto exact = [](const ClassMetrics& actual) -> Values {
    return {{"p_aupro_exact", actual.pro.area30}, {"p_aupro_05", actual.pro.area05}, {"p_pro_at_05", actual.pro.at05}};
  };
  check_cases(folder, exact, report);
}

bool has_exact_pro(const std::string& folder) {
  const CaseConfig expected(folder + "/metrics.json");
  return std::ranges::any_of(expected.members(),
                             [&](const std::string& name) { return expected.has(name + ".p_aupro_exact"); });
}

}  // namespace dinomaly::parity
