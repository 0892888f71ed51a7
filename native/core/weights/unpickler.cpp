#include "unpickler.h"

#include <bit>

#include "bytes.h"

namespace dinomaly::pickle {
namespace {

// Far above any checkpoint of a vision model, and low enough that hostile bytes stop within 64 MiB and a second.
constexpr size_t kMaxWork = 1'000'000;
constexpr size_t kMaxValues = 150'000;
constexpr uint64_t kMaxMemo = 1'000'000;
constexpr size_t kMaxLine = 256;
constexpr unsigned char kHighestProtocol = 5;

}  // namespace

void Unpickler::fail(const std::string& cause) const {
  refuse_weights(path_, "its pickle is not that of a state dict: at byte " + std::to_string(at_) + " " + cause);
}

void Unpickler::charge(size_t work) {
  work_ += work;
  const size_t limit = kMaxWork / share_;
  if (work_ > limit) fail("it exceeds the limit of " + std::to_string(limit) + " operations");
}

Value* Unpickler::run() {
  while (true) {
    charge(1);
    const auto opcode = static_cast<unsigned char>(take(1)[0]);
    if (opcode == '.') {
      if (stack_.size() != 1 || !marks_.empty()) fail("it ends with a stack that does not hold one value");
      return stack_.back();
    }
    if (!constant(opcode) && !text(opcode) && !sequence(opcode) && !dict(opcode) && !memo(opcode) && !object(opcode)) {
      fail("it uses the opcode " + std::to_string(opcode) + ", which torch.save() does not write");
    }
  }
}

bool Unpickler::constant(unsigned char opcode) {
  switch (opcode) {
    case 'N':  // NONE
      push(make(None{}));
      return true;
    case 0x88:  // NEWTRUE
      push(make(true));
      return true;
    case 0x89:  // NEWFALSE
      push(make(false));
      return true;
    case 'J':  // BININT
      push(make(int64_t{number<int32_t>()}));
      return true;
    case 'K':  // BININT1
      push(make(int64_t{number<uint8_t>()}));
      return true;
    case 'M':  // BININT2
      push(make(int64_t{number<uint16_t>()}));
      return true;
    case 0x8a:  // LONG1
      push(make(long1()));
      return true;
    case 'G':  // BINFLOAT
      push(make(big_endian_double()));
      return true;
    default:
      return false;
  }
}

bool Unpickler::text(unsigned char opcode) {
  uint64_t length = 0;
  switch (opcode) {
    case 'X':  // BINUNICODE
      length = number<uint32_t>();
      break;
    case 'T':  // BINSTRING, as Python 2 wrote text
      length = number<uint32_t>();
      break;
    case 'U':   // SHORT_BINSTRING
    case 0x8c:  // SHORT_BINUNICODE
      length = number<uint8_t>();
      break;
    case 0x8d:  // BINUNICODE8
      length = number<uint64_t>();
      break;
    default:
      return false;
  }
  const std::string_view value = take(length);
  if (!is_utf8(value)) fail("it holds text that is not UTF-8");
  push(make(value));
  return true;
}

bool Unpickler::sequence(unsigned char opcode) {
  switch (opcode) {
    case '(':  // MARK
      marks_.push_back(stack_.size());
      return true;
    case ')':  // EMPTY_TUPLE
    case ']':  // EMPTY_LIST
      push(make(Sequence{}));
      return true;
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      push_tuple(opcode - 0x84u);
      return true;
    case 't': {  // TUPLE
      std::vector<Value*> items = pop_to_mark();
      push(make(Sequence{std::move(items)}));
      return true;
    }
    case 'a': {  // APPEND
      Value* const item = pop();
      expect<Sequence>(top(), "a list").items.push_back(item);
      return true;
    }
    case 'e': {  // APPENDS
      const std::vector<Value*> items = pop_to_mark();
      std::vector<Value*>& list = expect<Sequence>(top(), "a list").items;
      list.insert(list.end(), items.begin(), items.end());
      return true;
    }
    default:
      return false;
  }
}

bool Unpickler::dict(unsigned char opcode) {
  switch (opcode) {
    case '}':  // EMPTY_DICT
      push(make(Dict{}));
      return true;
    case 's': {  // SETITEM
      Value* const value = pop();
      Value* const key = pop();
      add_items(top(), {key, value});
      return true;
    }
    case 'u': {  // SETITEMS
      const std::vector<Value*> items = pop_to_mark();
      add_items(top(), items);
      return true;
    }
    default:
      return false;
  }
}

bool Unpickler::memo(unsigned char opcode) {
  switch (opcode) {
    case 'q':  // BINPUT
      remember(number<uint8_t>());
      return true;
    case 'r':  // LONG_BINPUT
      remember(number<uint32_t>());
      return true;
    case 0x94:  // MEMOIZE
      remember(memo_.size());
      return true;
    case 'h':  // BINGET
      recall(number<uint8_t>());
      return true;
    case 'j':  // LONG_BINGET
      recall(number<uint32_t>());
      return true;
    default:
      return false;
  }
}

bool Unpickler::object(unsigned char opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      if (number<uint8_t>() > kHighestProtocol) fail("it has an unknown protocol");
      return true;
    case 0x95:  // FRAME
      static_cast<void>(number<uint64_t>());
      return true;
    case 'c': {  // GLOBAL
      const std::string_view module = line();
      global(module, line());
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const std::string_view name = expect<std::string_view>(pop(), "the name of a type");
      global(expect<std::string_view>(pop(), "the name of a module"), name);
      return true;
    }
    case 'Q':  // BINPERSID
      persistent_id();
      return true;
    case 'R':  // REDUCE
      reduce();
      return true;
    case 'b':  // BUILD
      build();
      return true;
    default:
      return false;
  }
}

std::string_view Unpickler::take(uint64_t count) {
  if (!within(at_, count, bytes_.size())) fail("it ends too soon");
  const std::string_view taken = bytes_.substr(at_, count);
  at_ += count;
  return taken;
}

std::string_view Unpickler::line() {
  const size_t length = bytes_.substr(at_, kMaxLine).find('\n');
  if (length == std::string_view::npos) fail("it holds a name without an end");
  return take(length + 1).substr(0, length);
}

template <typename T>
T Unpickler::number() {
  return read_little_endian<T>(take(sizeof(T)), 0);
}

int64_t Unpickler::long1() {
  const auto length = number<uint8_t>();
  if (length > sizeof(int64_t)) fail("it holds an integer of " + std::to_string(length) + " bytes");
  const std::string_view digits = take(length);
  if (digits.empty()) return 0;
  // Two's complement: the last byte carries the sign.
  uint64_t value = static_cast<signed char>(digits.back()) < 0 ? ~uint64_t{0} : 0;
  for (size_t i = digits.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(digits[i]);
  return static_cast<int64_t>(value);
}

double Unpickler::big_endian_double() {
  uint64_t bits = 0;
  for (const char byte : take(sizeof(bits))) bits = (bits << 8) | static_cast<unsigned char>(byte);
  return std::bit_cast<double>(bits);
}

Value* Unpickler::make(decltype(Value::data) data) {
  const size_t limit = kMaxValues / share_;
  if (values_->size() >= limit) fail("it exceeds the limit of " + std::to_string(limit) + " values");
  return &values_->emplace_back(Value{std::move(data)});
}

void Unpickler::push(Value* value) { stack_.push_back(value); }

Value* Unpickler::top() {
  if (stack_.size() == (marks_.empty() ? 0 : marks_.back())) fail("it takes a value off an empty stack");
  return stack_.back();
}

Value* Unpickler::pop() {
  Value* const value = top();
  stack_.pop_back();
  return value;
}

std::vector<Value*> Unpickler::pop_to_mark() {
  if (marks_.empty()) fail("it closes a group that was not opened");
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<Value*> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

void Unpickler::push_tuple(size_t count) {
  std::vector<Value*> items(count);
  for (size_t i = count; i-- > 0;) items[i] = pop();
  push(make(Sequence{std::move(items)}));
}

void Unpickler::remember(uint64_t index) {
  const uint64_t limit = kMaxMemo / share_;
  if (index >= limit) fail("it numbers more than " + std::to_string(limit) + " values");
  if (index >= memo_.size()) memo_.resize(index + 1, nullptr);
  memo_[index] = top();
}

void Unpickler::recall(uint64_t index) {
  if (index >= memo_.size() || memo_[index] == nullptr) fail("it refers to a value that it did not number");
  push(memo_[index]);
}

}  // namespace dinomaly::pickle
