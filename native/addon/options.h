// Options of JavaScript objects, by key. lib/ has validated them: a value that is missing or of another kind is a fault
// of ours, and throws a TypeError that names the key. Nothing is converted, as conversion turns what is wrong into a
// default.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/words.h"
#include "napi_setup.h"

namespace dinomaly::addon {

Napi::Value required(const Napi::Object& object, const char* key);
double number(const Napi::Object& object, const char* key);
// Without a fraction.
int64_t integer(const Napi::Object& object, const char* key);
bool boolean(const Napi::Object& object, const char* key);
std::string text(const Napi::Object& object, const char* key);
std::vector<int64_t> integers(const Napi::Object& object, const char* key);
std::vector<std::vector<int64_t>> groups(const Napi::Object& object, const char* key);

// The choice that the option's word names in its table of core/words.h.
template <typename Choice, size_t kCount>
Choice choice(const std::array<Word<Choice>, kCount>& table, const Napi::Object& object, const char* key) {
  return from_word(table, text(object, key), key);
}

}  // namespace dinomaly::addon
