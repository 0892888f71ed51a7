// The test harness of the core: titled cases, checks that go on after a failure, and a command line that ctest drives
// (see main.cpp). Small on purpose: a fetched framework would be one more thing between a clone and its tests.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "core/error.h"

namespace dinomaly::test {

struct Case {
  std::string title;
  std::string file;
  void (*body)();
};

// Every TEST of every linked file.
std::vector<Case>& cases();

struct Registration {
  Registration(const char* title, const char* file, void (*body)()) { cases().push_back({title, file, body}); }
};

// Thrown by REQUIRE, after the failure was recorded.
struct Abandoned {};
// Thrown by SKIP: the case counts neither as passed nor as failed.
struct Skipped {
  std::string reason;
};

// Records a failure of the running case and prints it.
void fail(const char* file, int line, const std::string& message);

// Shape, then where the NaNs are, then max|actual - expected| <= relative * max|expected| + absolute; prints the error.
void check_close(const at::Tensor& actual, const at::Tensor& expected, double relative, double absolute,
                 const char* what, const char* file, int line);
inline void check_close(const at::Tensor& actual, const at::Tensor& expected, double relative, const char* what,
                        const char* file, int line) {
  check_close(actual, expected, relative, 0.0, what, file, line);
}

// `expression` must throw dinomaly::Error with this code.
void check_throws_code(const std::function<void()>& expression, const std::string& code, const char* what,
                       const char* file, int line);

// The value of an environment variable, or "" when it is not set.
std::string environment(const char* name);

// A new empty folder, removed when the object dies.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace dinomaly::test

#define DINOMALY_JOIN_(a, b) a##b
#define DINOMALY_JOIN(a, b) DINOMALY_JOIN_(a, b)
#define DINOMALY_TEST_(name, title)                                                               \
  static void name();                                                                             \
  static const ::dinomaly::test::Registration DINOMALY_JOIN(name, _entry){title, __FILE__, name}; \
  static void name()

// TEST("a behaviour, stated") { ... }
#define TEST(title) DINOMALY_TEST_(DINOMALY_JOIN(test_case_, __COUNTER__), title)

// c10's logging has a CHECK of its own, which ends the process.
#undef CHECK
#define CHECK(...)                                                                             \
  do {                                                                                         \
    if (!(__VA_ARGS__)) ::dinomaly::test::fail(__FILE__, __LINE__, "CHECK(" #__VA_ARGS__ ")"); \
  } while (false)

// As CHECK, but ends the case: for what later lines rely on.
#define REQUIRE(...)                                                           \
  do {                                                                         \
    if (!(__VA_ARGS__)) {                                                      \
      ::dinomaly::test::fail(__FILE__, __LINE__, "REQUIRE(" #__VA_ARGS__ ")"); \
      throw ::dinomaly::test::Abandoned{};                                     \
    }                                                                          \
  } while (false)

// CHECK_CLOSE(actual, expected, relative) or CHECK_CLOSE(actual, expected, relative, absolute)
#define CHECK_CLOSE(actual, expected, ...) \
  ::dinomaly::test::check_close((actual), (expected), __VA_ARGS__, #actual, __FILE__, __LINE__)

#define CHECK_THROWS_CODE(expression, code) \
  ::dinomaly::test::check_throws_code([&] { static_cast<void>(expression); }, code, #expression, __FILE__, __LINE__)

#define SKIP(reason) \
  throw ::dinomaly::test::Skipped { reason }
