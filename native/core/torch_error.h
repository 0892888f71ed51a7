// What libtorch throws, told as an error with a stable code.
#pragma once

#include <c10/util/Exception.h>

#include "error.h"

namespace dinomaly {

// OUT_OF_MEMORY where the host's or the device's memory did not suffice, cuBLAS and cuDNN included; the caller may go
// on with less. DEVICE_LOST where the GPU refuses all further work in this process. DEVICE_UNAVAILABLE where it did not
// start. INTERNAL for the rest.
Error from_torch(const c10::Error& error);

}  // namespace dinomaly
