// A small strict JSON reader for the headers of weight files. It pulls: the caller says what it expects next and only
// that is stored, so that a hostile header costs no more memory than its own bytes.
//
// RFC 8259 without extensions; besides, UTF-8 must be well formed, a key may occur once in an object, nesting and the
// count of values are limited, and an integer must fit its type.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dinomaly {

// What is wrong, and at which byte. Callers turn it into an Error that names the file.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class JsonReader {
 public:
  static constexpr int kMaxDepth = 16;
  static constexpr int64_t kMaxValues = 500'000;

  explicit JsonReader(std::string_view text) : text_(text) {}

  // Each reads one value; JsonError when the text holds another kind.
  // `on_member(key)` and `on_item()` must read exactly the value that follows.
  void object(const std::function<void(const std::string& key)>& on_member);
  void array(const std::function<void()>& on_item);
  std::string string();
  int64_t unsigned_integer();  // 0 to 2^63 - 1, digits alone
  double real();
  bool boolean();
  // What comes next, by its first character; malformed text shows when it is read.
  enum class Kind { kObject, kArray, kString, kNumber, kBoolean, kNull };
  Kind next_kind();
  void skip();  // any value, checked and dropped

  // Nothing but white space may be left.
  void finish();

  [[noreturn]] void fail(const std::string& cause) const;

 private:
  char peek();  // next character after white space
  void expect(char wanted);
  bool accept(char wanted);
  void literal(std::string_view word);
  void enter();
  void count_value();
  size_t digits();
  void escape(std::string* out);
  uint32_t hex4();

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  int64_t values_ = 0;
};

// `text` as a JSON string with its quotes. Throws JsonError when it is not UTF-8.
std::string json_string(std::string_view text);

}  // namespace dinomaly
