// The metrics of every metrics case, against scikit-learn's and the authors' values.
#include <ATen/ATen.h>

#include <cmath>

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

}  // namespace

void check_metrics(const std::string& folder, at::Device /*device*/, Report& report) {
  const CaseConfig expected(folder + "/metrics.json");
  for (const std::string& name : expected.top_level_keys()) {
    const TensorMap tensors = read_safetensors(folder + "/metrics-" + name + ".safetensors", nullptr);
    const ClassMetrics actual =
        compute(tensors.at("maps").to(at::kFloat).contiguous(), tensors.at("masks").to(at::kByte).contiguous(),
                tensors.at("labels").to(at::kByte), tensors.at("scores"));
    const auto compare = [&](const char* metric, const std::optional<Estimate>& value) {
      report.absolute("metrics " + name + " " + metric, value ? value->value : NAN,
                      expected.number(name + "." + metric), kMetric);
    };
    compare("i_auroc", actual.image.auroc);
    compare("i_ap", actual.image.ap);
    compare("i_f1max", actual.image.f1_max);
    compare("p_auroc", actual.pixel.auroc);
    compare("p_ap", actual.pixel.ap);
    compare("p_f1max", actual.pixel.f1_max);
    compare("p_aupro", actual.aupro);
    // Cases of the paper's seven alone lack these.
    if (!expected.has(name + ".p_aupro_exact")) continue;
    compare("p_aupro_exact", actual.pro.area30);
    compare("p_aupro_05", actual.pro.area05);
    compare("p_pro_at_05", actual.pro.at05);
  }
}

}  // namespace dinomaly::parity
