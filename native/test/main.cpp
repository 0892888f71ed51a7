// Runs the cases of the linked files: all of them, those whose file or title holds an argument, or one by its exact
// title.
//   dinomaly_core_test [PART...]   dinomaly_core_test --list   dinomaly_core_test --run TITLE
// ctest lists them once after the build and runs each in a process of its own, so a crash costs one case.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>

#include "core/inference/graphs.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

constexpr int kSkipStatus = 77;  // SKIP_RETURN_CODE in CMakeLists.txt

int failures = 0;  // of the running case

enum class Outcome { kPassed, kFailed, kSkipped };

Outcome run(const Case& test) {
  failures = 0;
  const auto start = std::chrono::steady_clock::now();
  std::string skipped;
  try {
    test.body();
  } catch (const Abandoned&) {
  } catch (const Skipped& skip) {
    skipped = skip.reason;
  } catch (const std::exception& error) {
    fail(test.file.c_str(), 0, std::string("uncaught: ") + error.what());
  }
  const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
  const Outcome outcome = failures > 0 ? Outcome::kFailed : (skipped.empty() ? Outcome::kPassed : Outcome::kSkipped);
  const char* const mark = outcome == Outcome::kFailed ? "FAIL" : outcome == Outcome::kPassed ? "ok  " : "skip";
  std::printf("%s %s (%.0f ms)%s%s\n", mark, test.title.c_str(), elapsed.count(), skipped.empty() ? "" : ": ",
              skipped.c_str());
  std::fflush(stdout);
  return outcome;
}

bool selected(const Case& test, int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--run") == 0) return test.title == argv[2];
  for (int i = 1; i < argc; ++i) {
    if (test.title.find(argv[i]) != std::string::npos || test.file.find(argv[i]) != std::string::npos) return true;
  }
  return argc == 1;
}

int list() {
  for (const Case& test : cases()) std::printf("%s\n", test.title.c_str());
  return 0;
}

int run_selected(int argc, char** argv) {
  int passed = 0, failed = 0, skipped = 0;
  for (const Case& test : cases()) {
    if (!selected(test, argc, argv)) continue;
    const Outcome outcome = run(test);
    ++(outcome == Outcome::kPassed ? passed : outcome == Outcome::kFailed ? failed : skipped);
  }
  const bool one = argc == 3 && std::strcmp(argv[1], "--run") == 0;
  if (!one) std::printf("%d passed, %d failed\n", passed, failed);
  if (failed > 0 || passed + skipped == 0) return 1;
  return passed == 0 ? kSkipStatus : 0;
}

}  // namespace

void fail(const char* file, int line, const std::string& message) {
  ++failures;
  const char* slash = std::strrchr(file, '/');
  std::printf("     %s:%d: %s\n", slash == nullptr ? file : slash + 1, line, message.c_str());
}

}  // namespace dinomaly::test

int main(int argc, char** argv) {
#ifdef DINOMALY_CUDA_LIBRARY
  dinomaly::open_cuda_library(DINOMALY_CUDA_LIBRARY);
#endif
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) return dinomaly::test::list();
  return dinomaly::test::run_selected(argc, argv);
}
