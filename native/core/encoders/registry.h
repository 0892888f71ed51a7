// The families of encoders by name. A new family is one file, one line in registry.cpp, and its names in
// weights/name_rules.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../config.h"
#include "encoder.h"

namespace dinomaly {

// Throws Error INVALID_CONFIG that lists the known families.
std::unique_ptr<Encoder> make_encoder(const EncoderConfig& config);

}  // namespace dinomaly
