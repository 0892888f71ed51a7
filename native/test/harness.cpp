// What the macros of harness.h call.
#include "harness.h"

#include <ftw.h>
#include <stdlib.h>

#include <cstdio>
#include <sstream>

namespace dinomaly::test {
namespace {

std::string shape_of(const at::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

// Empty when close; the reason otherwise.
std::string difference(const at::Tensor& actual, const at::Tensor& expected, double relative, double absolute) {
  if (!actual.defined() || !expected.defined()) return "one side is an undefined tensor";
  if (actual.sizes() != expected.sizes()) return "shape " + shape_of(actual) + ", expected " + shape_of(expected);
  if (expected.numel() == 0) return "nothing to compare: both are empty";
  const auto a = actual.detach().to(at::kCPU, at::kDouble);
  const auto b = expected.detach().to(at::kCPU, at::kDouble);
  if (!at::equal(a.isnan(), b.isnan())) {
    return "NaN in " + std::to_string(a.isnan().sum().item<int64_t>()) + " places, expected " +
           std::to_string(b.isnan().sum().item<int64_t>()) + ", or elsewhere";
  }
  // Equal infinities differ by NaN: compare what is not equal already.
  const auto differs = a.ne(b).logical_and(b.isnan().logical_not());
  if (!differs.any().item<bool>()) return "";
  const double error = (a - b).abs().masked_select(differs).max().item<double>();
  const double scale = b.abs().nan_to_num(0.0, 0.0, 0.0).max().item<double>();
  if (error <= relative * scale + absolute) return "";
  return "max error " + number(error) + " over max value " + number(scale) + " is " + number(error / scale) +
         " relative, allowed " + number(relative) + (absolute > 0 ? " + " + number(absolute) + " absolute" : "");
}

}  // namespace

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

void check_close(const at::Tensor& actual, const at::Tensor& expected, double relative, double absolute,
                 const char* what, const char* file, int line) {
  const std::string reason = difference(actual, expected, relative, absolute);
  if (!reason.empty()) fail(file, line, std::string(what) + ": " + reason);
}

void check_throws_code(const std::function<void()>& expression, const std::string& code, const char* what,
                       const char* file, int line) {
  try {
    expression();
  } catch (const Error& error) {
    if (error.code() != code) {
      fail(file, line, std::string(what) + " threw " + error.code() + " (" + error.what() + "), expected " + code);
    }
    return;
  } catch (const std::exception& error) {
    fail(file, line, std::string(what) + " threw no dinomaly::Error but: " + error.what());
    return;
  }
  fail(file, line, std::string(what) + " did not throw, expected " + code);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

TemporaryFolder::TemporaryFolder() {
  const std::string parent = environment("TMPDIR");
  path_ = (parent.empty() ? "/tmp" : parent) + "/dinomaly-test-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder " + path_);
}

TemporaryFolder::~TemporaryFolder() {
  constexpr int kOpenFolders = 16;
  const auto remove_one = [](const char* path, const struct stat*, int, FTW*) { return ::remove(path); };
  ::nftw(path_.c_str(), remove_one, kOpenFolders, FTW_DEPTH | FTW_PHYS);
}

}  // namespace dinomaly::test
