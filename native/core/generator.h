// Random generators of our own: libtorch's default one is shared by the whole process.
#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/Device.h>

#include <cstdint>

namespace dinomaly {

at::Generator make_generator(at::Device device, uint64_t seed);

}  // namespace dinomaly
