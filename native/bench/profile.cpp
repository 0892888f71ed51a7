#include "profile.h"

#include <torch/csrc/autograd/profiler_kineto.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <vector>

namespace dinomaly::bench {
namespace {

constexpr size_t kMostTold = 40;

struct Sum {
  std::string name;
  int64_t calls = 0;
  double milliseconds = 0;
};

// Names of kernels hold template arguments, which may hold quotes.
std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char letter : name) {
    if (letter == '"' || letter == '\\') text += '\\';
    if (static_cast<unsigned char>(letter) >= ' ') text += letter;
  }
  return text + "\"";
}

}  // namespace

std::string profile(c10::Device device, const std::function<void()>& work) {
  using namespace torch::autograd::profiler;
  using torch::profiler::impl::ActivityType;
  const std::set<ActivityType> activities =
      device.is_cpu() ? std::set{ActivityType::CPU} : std::set{ActivityType::CPU, ActivityType::CUDA};
  const torch::profiler::impl::ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO);
  prepareProfiler(config, activities);
  enableProfiler(config, activities, {at::RecordScope::FUNCTION});
  work();
  const auto result = disableProfiler();

  std::map<std::string, Sum> by_name;
  for (const KinetoEvent& event : result->events()) {
    if (event.deviceType() != device.type()) continue;
    Sum& sum = by_name[event.name()];
    sum.name = event.name();
    ++sum.calls;
    sum.milliseconds += static_cast<double>(event.durationNs()) / 1e6;
  }
  std::vector<Sum> sums;
  for (const auto& [name, sum] : by_name) sums.push_back(sum);
  std::sort(sums.begin(), sums.end(), [](const Sum& a, const Sum& b) { return a.milliseconds > b.milliseconds; });
  sums.resize(std::min(sums.size(), kMostTold));
  std::ostringstream json;
  json << "{\"kernels\":[";
  for (const Sum& sum : sums) {
    json << (&sum == &sums.front() ? "" : ",") << "{\"name\":" << quoted(sum.name) << ",\"calls\":" << sum.calls
         << ",\"ms\":" << sum.milliseconds << "}";
  }
  json << "]}";
  return json.str();
}

}  // namespace dinomaly::bench
