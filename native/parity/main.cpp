// dinomaly_parity [--device cpu|cuda] FOLDER [forward|train|metrics|checkpoints]...: runs each check whose case is in
// the folder, prints the largest error of each stage, and exits with 1 past a tolerance, with 3 when there was nothing
// to check.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "case_file.h"
#include "checks.h"
#include "core/device.h"

namespace {

using dinomaly::parity::Report;

struct Check {
  const char* name;
  const char* evidence;  // the file whose presence says that the folder has this case
  void (*run)(const std::string& folder, at::Device device, Report& report);
};

constexpr int kNoCase = 3;

constexpr Check kChecks[] = {
    {"forward", "forward.json", dinomaly::parity::check_forward},
    {"train", "train.json", dinomaly::parity::check_training},
    {"metrics", "metrics.json", dinomaly::parity::check_metrics},
    {"checkpoints", "checkpoints/config.json", dinomaly::parity::check_checkpoints},
};

void run(const Check& check, const std::string& folder, at::Device device, Report& report) {
  try {
    check.run(folder, device, report);
  } catch (const std::exception& error) {
    report.flush();
    report.failure(check.name, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  at::Device device(at::kCPU);
  if (arguments.size() > 1 && arguments.front() == "--device") {
    device = at::Device(arguments[1] == "cuda" ? "cuda:0" : arguments[1]);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.empty()) {
    std::fprintf(stderr, "usage: dinomaly_parity [--device cpu|cuda] FOLDER [forward|train|metrics|checkpoints]...\n");
    return 2;
  }
  const dinomaly::DeviceScope scope(device);
  const std::string& folder = arguments.front();
  const auto wanted = [&](const Check& check) {
    return arguments.size() == 1 || std::find(arguments.begin() + 1, arguments.end(), check.name) != arguments.end();
  };
  Report report;
  for (const Check& check : kChecks) {
    if (!wanted(check)) continue;
    if (dinomaly::parity::exists(folder + "/" + check.evidence)) {
      run(check, folder, device, report);
    } else if (arguments.size() > 1) {
      report.failure(check.name, "no such case in " + folder);
    }
  }
  if (report.checks() == 0) return kNoCase;
  return report.passed() ? 0 : 1;
}
