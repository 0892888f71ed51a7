// One random model under every published naming: each file must give the same encoder, and the authors' whole
// checkpoint must load and be written back under the same names.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "case_file.h"
#include "checks.h"
#include "core/error.h"
#include "core/model_file.h"
#include "core/weights/match.h"
#include "core/weights/name_map.h"
#include "core/weights/name_rules.h"
#include "core/weights/weights_file.h"

namespace dinomaly::parity {
namespace {

constexpr double kExact = 1e-5;
constexpr double kHalf = 1e-3;

at::Tensor last_block(const ModelConfig& config, Network& network, const at::Tensor& input) {
  return network.encoder().features(input, {config.encoder.depth - 1}, {}).front();
}

void check_encoder_file(const std::string& folder, const std::string& name, double tolerance, const ModelConfig& config,
                        at::Device device, const TensorMap& expected, Report& report) {
  const std::string path = folder + "/" + name;
  try {
    Network network(config);
    assign_weights(network.encoder_parameters(), to_official_names(read_weights(path, nullptr), "vit", path), path,
                   encoder_match_rules("vit"));
    network.to(device, at::kFloat);
    report.relative("checkpoint " + name, last_block(config, network, tensor_of(expected, "input")),
                    tensor_of(expected, "last_block"), tolerance);
  } catch (const Error& error) {
    report.failure("checkpoint " + name, error.what());
  }
}

void check_whole_model(const std::string& folder, const ModelConfig& config, at::Device device,
                       const TensorMap& expected, Report& report) {
  const std::string path = folder + "/dinomaly-official.pth";
  Network network = read_model(path, config);
  network.to(device, at::kFloat);
  report.relative("checkpoint dinomaly-official.pth", last_block(config, network, tensor_of(expected, "input")),
                  tensor_of(expected, "last_block"), kExact);
  const char* const temporary = std::getenv("TMPDIR");
  const std::string copy = std::string(temporary == nullptr ? "/tmp" : temporary) + "/dinomaly-parity-" +
                           std::to_string(::getpid()) + ".safetensors";
  write_model(copy, network, {});
  const TensorMap original = read_weights(path, nullptr);
  const TensorMap written = read_weights(copy, nullptr);
  ::unlink(copy.c_str());
  double worst = original.size() == written.size() ? 0 : INFINITY;
  for (const auto& [name, tensor] : original) {
    worst = std::max(worst, written.contains(name) ? relative_error(written.at(name), tensor) : INFINITY);
  }
  report.absolute("checkpoint written back", worst, 0, 0);
}

}  // namespace

void check_checkpoints(const std::string& folder, at::Device device, Report& report) {
  const at::NoGradGuard no_grad;
  const std::string checkpoints = folder + "/checkpoints";
  const ModelConfig config = to_model_config(CaseConfig(checkpoints + "/config.json"));
  const TensorMap expected = on_device(read_weights(checkpoints + "/expected.safetensors", nullptr), device);
  check_encoder_file(checkpoints, "dinov2-official.pth", kExact, config, device, expected, report);
  check_encoder_file(checkpoints, "dinov2-official-fp16.safetensors", kHalf, config, device, expected, report);
  check_encoder_file(checkpoints, "dinov2-huggingface.safetensors", kExact, config, device, expected, report);
  check_encoder_file(checkpoints, "dinov2-timm.safetensors", kExact, config, device, expected, report);
  check_whole_model(checkpoints, config, device, expected, report);
}

}  // namespace dinomaly::parity
