// Finds the state dict in a parsed checkpoint. Internal to this folder.
#pragma once

#include <map>
#include <string>

#include "pickle.h"

namespace dinomaly {

// The named tensors of `root`, or of the dict within it that holds them. Other values (an epoch, options, the state of
// an optimiser) are left aside. Throws WEIGHTS_FORMAT where there is none, or where several could be meant.
std::map<std::string, pickle::Tensor> find_state_dict(pickle::Value* root, const std::string& path);

}  // namespace dinomaly
