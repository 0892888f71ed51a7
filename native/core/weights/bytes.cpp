#include "bytes.h"

namespace dinomaly {
namespace {

struct Lead {
  int followers;
  uint32_t bits;
  uint32_t smallest;  // below it the form is overlong
};

std::optional<Lead> classify(unsigned char lead) {
  if (lead < 0x80) return Lead{0, lead, 0};
  if ((lead & 0xE0) == 0xC0) return Lead{1, lead & 0x1Fu, 0x80};
  if ((lead & 0xF0) == 0xE0) return Lead{2, lead & 0x0Fu, 0x800};
  if ((lead & 0xF8) == 0xF0) return Lead{3, lead & 0x07u, 0x10000};
  return std::nullopt;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const std::optional<Lead> lead = classify(static_cast<unsigned char>(text[i++]));
    if (!lead) return false;
    uint32_t point = lead->bits;
    for (int k = 0; k < lead->followers; ++k, ++i) {
      if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return false;
      point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    }
    if (point < lead->smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  }
  return true;
}

std::string in_quotes(std::string_view text, size_t limit) {
  std::string result = "'";
  for (const char c : text.substr(0, limit)) result += c >= 0x20 && c < 0x7F ? c : '?';
  if (text.size() > limit) result += "...";
  return result + "'";
}

}  // namespace dinomaly
