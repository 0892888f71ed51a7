// dinomaly_parity [--device cpu|cuda] FOLDER [CHECK]...: runs the checks named, or without names each whose case is in
// the folder; prints the largest error of each stage, and says which case is not there. Exits with 1 past what is
// allowed, and where a check that is named has no case or compares nothing; with 2 when it is called wrongly; with 3
// when the folder has no case at all.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "case_file.h"
#include "checks.h"
#include "core/device.h"
#include "core/inference/graphs.h"

namespace {

namespace parity = dinomaly::parity;
using parity::Report;

struct Check {
  const char* name;
  const char* evidence;                    // the file whose presence says that the folder has this case
  bool (*has)(const std::string& folder);  // whether the case tells what is checked; null: always
  void (*run)(const std::string& folder, at::Device device, Report& report);
};

constexpr int kNoCase = 3;

constexpr Check kChecks[] = {
    {"forward", "forward.json", nullptr, parity::check_forward},
    {"losses", "forward.json", parity::has_losses, parity::check_losses},
    {"train", "train.json", nullptr, parity::check_training},
    {"noise", "noise.json", nullptr, parity::check_noise},
    {"metrics", "metrics.json", nullptr, parity::check_metrics},
    {"exact-pro", "metrics.json", parity::has_exact_pro, parity::check_exact_pro},
    {"checkpoints", "checkpoints/config.json", nullptr, parity::check_checkpoints},
};

// False when the folder has no such case.
bool run(const Check& check, const std::string& folder, at::Device device, Report& report) {
  const int before = report.checks();
  try {
    if (!parity::exists(folder + "/" + check.evidence)) return false;
    if (check.has != nullptr && !check.has(folder)) return false;
    check.run(folder, device, report);
    if (report.checks() == before) report.failure(check.name, "the case holds nothing to compare");
  } catch (const std::exception& error) {
    report.flush();
    report.failure(check.name, error.what());
  }
  return true;
}

int usage() {
  std::fprintf(stderr, "usage: dinomaly_parity [--device cpu|cuda] FOLDER [CHECK]...\nchecks:");
  for (const Check& check : kChecks) std::fprintf(stderr, " %s", check.name);
  std::fprintf(stderr, "\n");
  return 2;
}

bool known(const std::string& name) {
  return std::any_of(std::begin(kChecks), std::end(kChecks), [&](const Check& check) { return check.name == name; });
}

}  // namespace

int main(int argc, char** argv) {
#ifdef DINOMALY_CUDA_LIBRARY
  dinomaly::open_cuda_library(DINOMALY_CUDA_LIBRARY);
#endif
  std::vector<std::string> arguments(argv + 1, argv + argc);
  at::Device device(at::kCPU);
  if (arguments.size() > 1 && arguments.front() == "--device") {
    device = at::Device(arguments[1] == "cuda" ? "cuda:0" : arguments[1]);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.empty()) return usage();
  const std::string folder = arguments.front();
  const std::vector<std::string> named(arguments.begin() + 1, arguments.end());
  if (!std::all_of(named.begin(), named.end(), known)) return usage();
  const dinomaly::DeviceScope scope(device);
  Report report;
  for (const Check& check : kChecks) {
    if (!named.empty() && std::find(named.begin(), named.end(), check.name) == named.end()) continue;
    if (run(check, folder, device, report)) continue;
    if (!named.empty()) {
      report.failure(check.name, "no such case in " + folder);
    } else {
      std::printf("none %-44s no such case here\n", check.name);
    }
  }
  if (report.checks() == 0) return kNoCase;
  return report.passed() ? 0 : 1;
}
