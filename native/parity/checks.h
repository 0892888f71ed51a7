// The parity checks, one for each kind of case. `folder` is what a generator of cases made; tolerances are those that
// hold for a right implementation in fp32 on the CPU.
#pragma once

#include <string>

#include "report.h"

namespace dinomaly::parity {

void check_forward(const std::string& folder, Report& report);
void check_training(const std::string& folder, Report& report);
void check_metrics(const std::string& folder, Report& report);
void check_checkpoints(const std::string& folder, Report& report);

}  // namespace dinomaly::parity
