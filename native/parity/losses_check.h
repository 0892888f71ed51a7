// Every loss on the groups of a forward case: its value, its gradient at the decoder's groups, and the length of its
// gradient for all that is trained.
#pragma once

#include "case_file.h"
#include "core/dinomaly.h"
#include "core/weights/tensor_map.h"
#include "report.h"

namespace dinomaly::parity {

void check_losses(const CaseConfig& config, Network& network, const TensorMap& expected, Report& report);

}  // namespace dinomaly::parity
