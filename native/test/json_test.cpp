// The JSON reader of file headers: what is JSON and nothing else.
#include "core/weights/json.h"

#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

// Whether the text is one JSON value.
bool accepted(std::string_view text) {
  try {
    JsonReader json(text);
    json.skip();
    json.finish();
    return true;
  } catch (const JsonError&) {
    return false;
  }
}

TEST("valid JSON is read") {
  for (const char* text : {"null", " true ", "[]", "{}", "[1, -0, 1.5e-3, 0.1, 2E+9]", R"({"a": {"b": [null, "x"]}})",
                           R"("\u00e9\ud83d\ude00\n\/")", "\"\xc3\xa9\""}) {
    CHECK(accepted(text));
  }
}

TEST("what only looks like JSON is refused") {
  for (const char* text : {"",
                           "nul",
                           "[1,]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "1e",
                           "-",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\\ud800\\u0041\"",
                           "\"\t\"",
                           "\"\xc3\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"",
                           "[1] []",
                           "'a'",
                           "{\"a\":1,\"a\":2}",
                           "{\"a\":1,\"\\u0061\":2}"}) {
    CHECK(!accepted(text));
  }
}

TEST("depth and count of values are limited") {
  const std::string deep(JsonReader::kMaxDepth, '['), end(JsonReader::kMaxDepth, ']');
  CHECK(accepted(deep + end));
  CHECK(!accepted("[" + deep + end + "]"));
  CHECK(!accepted(std::string(1'000'000, '[')));
  std::string many = "[0";
  for (int64_t i = 0; i < JsonReader::kMaxValues; ++i) many += ",0";
  CHECK(!accepted(many + "]"));
}

TEST("integers are read to the last, and not beyond") {
  CHECK(JsonReader("9223372036854775807").unsigned_integer() == INT64_MAX);
  for (const char* text : {"9223372036854775808", "99999999999999999999", "-1", "1.0", "1e3", "00"}) {
    bool refused = false;
    try {
      JsonReader(text).unsigned_integer();
    } catch (const JsonError&) {
      refused = true;
    }
    CHECK(refused);
  }
}

TEST("any text survives writing and reading as a JSON string") {
  const std::string text("a\"b\\c\n\x01\x00 \xc3\xa9\xf0\x9f\x98\x80", 16);
  CHECK(JsonReader(json_string(text)).string() == text);
}

}  // namespace
}  // namespace dinomaly::test
