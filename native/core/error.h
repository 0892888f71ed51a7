// Errors of the core. Each carries a stable code that the JavaScript side exposes; the message names the file or option
// at fault and the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace dinomaly {

class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}

  // One of: FILE_READ, FILE_WRITE, WEIGHTS_FORMAT, WEIGHTS_MISMATCH, WEIGHTS_NOT_FINITE, INVALID_CONFIG,
  // INVALID_INPUT, DEVICE_UNAVAILABLE, TRAINING_DIVERGED, DISPOSED, ABORTED.
  const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

}  // namespace dinomaly
