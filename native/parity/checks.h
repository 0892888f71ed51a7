// The parity checks, one for each kind of case. `folder` is what a generator of cases made; tolerances are those that
// hold for a right implementation in fp32. The network runs on `device`.
#pragma once

#include <c10/core/Device.h>

#include <string>

#include "report.h"

namespace dinomaly::parity {

void check_forward(const std::string& folder, at::Device device, Report& report);
// Of a forward case that tells its losses.
void check_losses(const std::string& folder, at::Device device, Report& report);
void check_training(const std::string& folder, at::Device device, Report& report);
void check_noise(const std::string& folder, at::Device device, Report& report);
void check_checkpoints(const std::string& folder, at::Device device, Report& report);
// The paper's seven. On the CPU, wherever the maps came from.
void check_metrics(const std::string& folder, at::Device device, Report& report);
// The PRO figures over every threshold, of a metrics case that tells them.
void check_exact_pro(const std::string& folder, at::Device device, Report& report);

bool has_losses(const std::string& folder);
bool has_exact_pro(const std::string& folder);

}  // namespace dinomaly::parity
