#include "options.h"

#include <cmath>

namespace dinomaly::addon {
namespace {

void expect(bool holds, const Napi::Value& value, const char* what, const char* key) {
  if (holds) return;
  throw Napi::TypeError::New(value.Env(), std::string("Expected ") + what + " for native option " + key);
}

int64_t to_integer(const Napi::Value& value, const char* key) {
  expect(value.IsNumber(), value, "an integer", key);
  const double number = value.As<Napi::Number>().DoubleValue();
  expect(std::isfinite(number) && number == std::trunc(number), value, "an integer", key);
  return value.As<Napi::Number>().Int64Value();
}

std::vector<int64_t> to_integers(const Napi::Value& value, const char* key) {
  expect(value.IsArray(), value, "a list of integers", key);
  const auto array = value.As<Napi::Array>();
  std::vector<int64_t> result;
  for (uint32_t i = 0; i < array.Length(); ++i) result.push_back(to_integer(array.Get(i), key));
  return result;
}

}  // namespace

Napi::Value required(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (value.IsUndefined()) throw Napi::TypeError::New(object.Env(), std::string("Missing native option ") + key);
  return value;
}

double number(const Napi::Object& object, const char* key) {
  const Napi::Value value = required(object, key);
  expect(value.IsNumber(), value, "a number", key);
  return value.As<Napi::Number>().DoubleValue();
}

int64_t integer(const Napi::Object& object, const char* key) { return to_integer(required(object, key), key); }

bool boolean(const Napi::Object& object, const char* key) {
  const Napi::Value value = required(object, key);
  expect(value.IsBoolean(), value, "true or false", key);
  return value.As<Napi::Boolean>();
}

std::string text(const Napi::Object& object, const char* key) {
  const Napi::Value value = required(object, key);
  expect(value.IsString(), value, "a text", key);
  return value.As<Napi::String>();
}

std::vector<int64_t> integers(const Napi::Object& object, const char* key) {
  return to_integers(required(object, key), key);
}

std::vector<std::vector<int64_t>> groups(const Napi::Object& object, const char* key) {
  const Napi::Value value = required(object, key);
  expect(value.IsArray(), value, "lists of integers", key);
  const auto array = value.As<Napi::Array>();
  std::vector<std::vector<int64_t>> result;
  for (uint32_t i = 0; i < array.Length(); ++i) result.push_back(to_integers(array.Get(i), key));
  return result;
}

}  // namespace dinomaly::addon
