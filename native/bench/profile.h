// Where the time of a device's work goes.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <string>

namespace dinomaly::bench {

// Runs `work`, which waits for the device, and tells as JSON how often each of the device's kernels ran and for how
// many milliseconds, the longest first: {"kernels":[{"name":string,"calls":number,"ms":number}]}. On the CPU its
// operators stand in for kernels, those within others counted twice.
std::string profile(c10::Device device, const std::function<void()>& work);

}  // namespace dinomaly::bench
