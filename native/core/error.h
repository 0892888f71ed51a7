// Errors of the core. Each carries a stable code that the JavaScript side exposes; the message names the file or option
// at fault and the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace dinomaly {

class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}

  // One of the table in lib/errors.ts, which test/unit/error-codes.test.ts holds against every code that is thrown.
  const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

}  // namespace dinomaly
