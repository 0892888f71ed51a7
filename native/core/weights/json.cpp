#include "json.h"

#include <charconv>
#include <unordered_set>

#include "bytes.h"

namespace dinomaly {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(uint32_t point, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

}  // namespace

void JsonReader::fail(const std::string& cause) const {
  throw JsonError("invalid JSON at byte " + std::to_string(at_) + ": " + cause);
}

char JsonReader::peek() {
  while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  if (at_ == text_.size()) fail("it ends too soon");
  return text_[at_];
}

bool JsonReader::accept(char wanted) {
  if (peek() != wanted) return false;
  ++at_;
  return true;
}

void JsonReader::expect(char wanted) {
  if (!accept(wanted)) fail(std::string("expected '") + wanted + "' but found " + in_quotes(text_.substr(at_, 1)));
}

void JsonReader::count_value() {
  if (++values_ > kMaxValues) fail("more than " + std::to_string(kMaxValues) + " values");
}

void JsonReader::enter() {
  count_value();
  if (++depth_ > kMaxDepth) fail("nested deeper than " + std::to_string(kMaxDepth));
}

void JsonReader::object(const std::function<void(const std::string& key)>& on_member) {
  expect('{');
  enter();
  std::unordered_set<std::string> seen;
  if (!accept('}')) {
    do {
      std::string key = string();
      if (seen.count(key) != 0) fail("the key " + in_quotes(key) + " occurs twice");
      expect(':');
      on_member(key);
      seen.insert(std::move(key));
    } while (accept(','));
    expect('}');
  }
  --depth_;
}

void JsonReader::array(const std::function<void()>& on_item) {
  expect('[');
  enter();
  if (!accept(']')) {
    do {
      on_item();
    } while (accept(','));
    expect(']');
  }
  --depth_;
}

uint32_t JsonReader::hex4() {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      value = value * 16 + static_cast<uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<uint32_t>(lower - 'a' + 10);
    } else {
      fail("expected four hexadecimal digits");
    }
  }
  return value;
}

void JsonReader::escape(std::string* out) {
  static constexpr std::string_view kEscaped = "\"\\/bfnrt";
  static constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
  const char c = at_ < text_.size() ? text_[at_++] : '\0';
  if (const size_t known = kEscaped.find(c); known != std::string_view::npos) return out->push_back(kMeaning[known]);
  if (c != 'u') fail("unknown escape");
  uint32_t point = hex4();
  if (point >= 0xD800 && point <= 0xDBFF) {
    if (text_.substr(at_, 2) != "\\u") fail("half a surrogate pair");
    at_ += 2;
    const uint32_t low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  } else if (point >= 0xDC00 && point <= 0xDFFF) {
    fail("half a surrogate pair");
  }
  append_utf8(point, out);
}

std::string JsonReader::string() {
  expect('"');
  count_value();
  std::string out;
  while (true) {
    if (at_ == text_.size()) fail("a string does not end");
    const char c = text_[at_++];
    if (c == '"') break;
    if (c == '\\') {
      escape(&out);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fail("a control character in a string");
    } else {
      out.push_back(c);
    }
  }
  if (!is_utf8(out)) fail("a string is not UTF-8");
  return out;
}

size_t JsonReader::digits() {
  const size_t start = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  if (at_ == start) fail("expected a digit");
  return at_ - start;
}

int64_t JsonReader::unsigned_integer() {
  count_value();
  peek();
  const size_t start = at_;
  const size_t length = digits();
  const std::string_view text = text_.substr(start, length);
  if (length > 1 && text[0] == '0') fail("a number starts with 0");
  if (at_ < text_.size() && std::string_view(".eE").find(text_[at_]) != std::string_view::npos) {
    fail("expected an integer");
  }
  int64_t value = 0;
  for (const char c : text) {
    const auto next = checked_product(value, 10);
    const auto sum = next ? checked_sum(*next, c - '0') : std::nullopt;
    if (!sum) fail("the number " + in_quotes(text, 24) + " is too large");
    value = *sum;
  }
  return value;
}

double JsonReader::real() {
  count_value();
  peek();
  const size_t first = at_;
  if (text_[at_] == '-') ++at_;
  const size_t start = at_;
  if (digits() > 1 && text_[start] == '0') fail("a number starts with 0");
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    digits();
  }
  if (at_ < text_.size() && (text_[at_] | 0x20) == 'e') {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    digits();
  }
  double value = 0;
  if (std::from_chars(text_.data() + first, text_.data() + at_, value).ec != std::errc())
    fail("the number is too large");
  return value;
}

JsonReader::Kind JsonReader::next_kind() {
  switch (peek()) {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kArray;
    case '"':
      return Kind::kString;
    case 't':
    case 'f':
      return Kind::kBoolean;
    case 'n':
      return Kind::kNull;
    default:
      return Kind::kNumber;
  }
}

bool JsonReader::boolean() {
  const bool value = peek() == 't';
  literal(value ? "true" : "false");
  return value;
}

void JsonReader::literal(std::string_view word) {
  count_value();
  if (text_.substr(at_, word.size()) != word) fail("expected a value");
  at_ += word.size();
}

void JsonReader::skip() {
  switch (peek()) {
    case '{':
      return object([this](const std::string&) { skip(); });
    case '[':
      return array([this] { skip(); });
    case '"':
      static_cast<void>(string());
      return;
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    default:
      real();
      return;
  }
}

void JsonReader::finish() {
  while (at_ < text_.size()) {
    if (std::string_view(" \t\r\n").find(text_[at_]) == std::string_view::npos) fail("text after the value");
    ++at_;
  }
}

std::string json_string(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  if (!is_utf8(text)) throw JsonError("the text " + in_quotes(text) + " is not UTF-8");
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      out += "\\u00";
      out += {kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace dinomaly
