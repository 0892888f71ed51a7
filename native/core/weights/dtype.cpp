#include "dtype.h"

#include <algorithm>
#include <array>

namespace dinomaly {
namespace {

constexpr std::array<Dtype, 10> kDtypes{{
    {"F64", "DoubleStorage", at::kDouble, 8},
    {"F32", "FloatStorage", at::kFloat, 4},
    {"F16", "HalfStorage", at::kHalf, 2},
    {"BF16", "BFloat16Storage", at::kBFloat16, 2},
    {"I64", "LongStorage", at::kLong, 8},
    {"I32", "IntStorage", at::kInt, 4},
    {"I16", "ShortStorage", at::kShort, 2},
    {"I8", "CharStorage", at::kChar, 1},
    {"U8", "ByteStorage", at::kByte, 1},
    {"BOOL", "BoolStorage", at::kBool, 1},
}};

template <typename Field, typename Value>
const Dtype* find(Field field, const Value& value) {
  const auto entry = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return d.*field == value; });
  return entry == kDtypes.end() ? nullptr : &*entry;
}

}  // namespace

const Dtype* dtype_named(std::string_view name) { return find(&Dtype::name, name); }
const Dtype* dtype_of_storage(std::string_view storage) { return find(&Dtype::storage, storage); }
const Dtype* dtype_of(at::ScalarType type) { return find(&Dtype::type, type); }

}  // namespace dinomaly
