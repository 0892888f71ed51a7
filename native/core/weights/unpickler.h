// The stack machine behind pickle::Document. Internal to this folder.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "pickle.h"

namespace dinomaly::pickle {

class Unpickler {
 public:
  Unpickler(std::string_view bytes, const std::string& path, size_t share, std::deque<Value>* values)
      : bytes_(bytes), path_(path), share_(share), values_(values) {}

  Value* run();
  // Bytes read.
  size_t position() const { return at_; }

 private:
  // Each runs the opcode if it is of its kind, and says whether it was.
  bool constant(unsigned char opcode);
  bool text(unsigned char opcode);
  bool sequence(unsigned char opcode);
  bool dict(unsigned char opcode);
  bool memo(unsigned char opcode);
  bool object(unsigned char opcode);

  // The bytes that follow the opcode.
  std::string_view take(uint64_t count);
  std::string_view line();
  template <typename T>
  T number();
  int64_t long1();
  double big_endian_double();

  Value* make(decltype(Value::data) data);
  void push(Value* value);
  Value* pop();
  Value* top();
  std::vector<Value*> pop_to_mark();
  void push_tuple(size_t count);
  void remember(uint64_t index);
  void recall(uint64_t index);
  template <typename T>
  T& expect(Value* value, const char* what);

  // unpickler_objects.cpp
  void add_items(Value* dict, const std::vector<Value*>& keys_and_values);
  void global(std::string_view module, std::string_view name);
  void persistent_id();
  void read_view(Value* view, Storage* storage);
  void reduce();
  void build();
  Value* call(Callable callable, Sequence& arguments);
  Value* ordered_dict(Sequence& arguments);
  Value* rebuild_tensor(Sequence& arguments);
  std::vector<int64_t> dimensions(Value* value);

  void charge(size_t work);
  [[noreturn]] void fail(const std::string& cause) const;

  std::string_view bytes_;
  std::string path_;
  size_t share_;
  std::deque<Value>* values_;
  size_t at_ = 0;
  size_t work_ = 0;
  std::vector<Value*> stack_;
  std::vector<size_t> marks_;
  std::vector<Value*> memo_;
};

template <typename T>
T& Unpickler::expect(Value* value, const char* what) {
  T* typed = value->as<T>();
  if (typed == nullptr) fail(std::string("it holds something else where ") + what + " belongs");
  return *typed;
}

}  // namespace dinomaly::pickle
