#include "match.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <sstream>

#include "../parallel.h"
#include "bytes.h"

namespace dinomaly {
namespace {

constexpr size_t kListed = 8;

std::string shape_text(at::IntArrayRef sizes) {
  std::ostringstream text;
  text << sizes;
  return text.str();
}

// "3 missing: 'a', 'b', 'c'"
void append_list(const std::vector<std::string>& names, const char* kind, std::string* message) {
  if (names.empty()) return;
  *message += "; " + std::to_string(names.size()) + " " + kind + ": ";
  for (size_t i = 0; i < std::min(names.size(), kListed); ++i) *message += (i ? ", " : "") + names[i];
  if (names.size() > kListed) *message += ", ...";
}

bool covered(const std::set<std::string>& rules, const std::string& name) {
  return std::any_of(rules.begin(), rules.end(), [&](const std::string& rule) {
    const size_t star = rule.find('*');
    if (star == std::string::npos) return rule == name;
    const std::string_view before = std::string_view(rule).substr(0, star),
                           after = std::string_view(rule).substr(star + 1);
    return name.size() >= before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
  });
}

void check_names(const std::vector<NamedParameter>& wanted, const TensorMap& found, const std::string& path,
                 const MatchRules& rules) {
  std::vector<std::string> missing, unexpected, misshapen, integers;
  std::set<std::string> names;
  for (const NamedParameter& entry : wanted) {
    names.insert(entry.name);
    const auto match = found.find(entry.name);
    if (match == found.end()) {
      if (!covered(rules.may_lack, entry.name)) missing.push_back(in_quotes(entry.name));
    } else if (match->second.sizes() != entry.tensor->sizes()) {
      misshapen.push_back(in_quotes(entry.name) + " is " + shape_text(match->second.sizes()) + ", expected " +
                          shape_text(entry.tensor->sizes()));
    } else if (!match->second.is_floating_point()) {
      integers.push_back(in_quotes(entry.name) + " is " + c10::toString(match->second.scalar_type()));
    }
  }
  for (const auto& [name, tensor] : found) {
    if (names.count(name) == 0 && !covered(rules.may_have, name)) unexpected.push_back(in_quotes(name));
  }
  if (missing.empty() && unexpected.empty() && misshapen.empty() && integers.empty()) return;
  std::string message = "The weights in '" + path + "' do not fit the network";
  append_list(missing, "missing", &message);
  append_list(unexpected, "unexpected", &message);
  append_list(misshapen, "of another shape", &message);
  append_list(integers, "with integers in place of floating-point numbers", &message);
  throw Error("WEIGHTS_MISMATCH", message);
}

// Whether all exponents are below the one of infinity and NaN. Straight loops over bits: the compiler vectorises them,
// and no temporary is made of a tensor that may be large.
template <typename Bits>
bool bits_finite(const void* data, int64_t count, Bits exponent) {
  const auto* values = static_cast<const Bits*>(data);
  constexpr int64_t kRun = 4096;
  for (int64_t start = 0; start < count; start += kRun) {
    const int64_t end = std::min(count, start + kRun);
    Bits bad = 0;  // as wide as the values, so that a vector holds as many of both
    for (int64_t i = start; i < end; ++i) bad |= (values[i] & exponent) == exponent ? Bits{1} : Bits{0};
    if (bad != 0) return false;
  }
  return true;
}

bool all_finite(const at::Tensor& tensor) {
  const at::Tensor values = tensor.contiguous();
  switch (values.scalar_type()) {
    case at::kDouble:
      return bits_finite<uint64_t>(values.const_data_ptr(), values.numel(), 0x7FF0'0000'0000'0000);
    case at::kFloat:
      return bits_finite<uint32_t>(values.const_data_ptr(), values.numel(), 0x7F80'0000);
    case at::kHalf:
      return bits_finite<uint16_t>(values.const_data_ptr(), values.numel(), 0x7C00);
    case at::kBFloat16:
      return bits_finite<uint16_t>(values.const_data_ptr(), values.numel(), 0x7F80);
    default:
      return true;
  }
}

// What keeps a tensor of the file from being taken, or null: of the file's values, and where the wanted type has a
// smaller range, of what becomes of them.
const char* fault_of(const at::Tensor& wanted, const at::Tensor& found) {
  if (!all_finite(found)) return "holds NaN or infinity";
  const bool converted = found.scalar_type() != wanted.scalar_type();
  if (converted && !all_finite(found.to(wanted.scalar_type()))) return "exceeds the range of the network's number type";
  return nullptr;
}

void check_finite(const std::vector<NamedParameter>& wanted, const TensorMap& found, const std::string& path) {
  std::vector<const char*> faults(wanted.size());
  run_parallel(static_cast<int64_t>(wanted.size()), {}, [&](int64_t i) {
    if (const auto match = found.find(wanted[i].name); match != found.end()) {
      faults[i] = fault_of(*wanted[i].tensor, match->second);
    }
  });
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (faults[i] == nullptr) continue;
    throw Error("WEIGHTS_NOT_FINITE", "The tensor " + in_quotes(wanted[i].name) + " in '" + path + "' " + faults[i]);
  }
}

// A second copy of all weights would double what loading takes. The tensor of an optimiser stays: it is known by
// itself.
bool can_adopt(const at::Tensor& wanted, const at::Tensor& found) {
  const bool alike = found.scalar_type() == wanted.scalar_type() && found.device() == wanted.device();
  // A view of a larger buffer would keep all of it.
  const bool own = found.is_contiguous() && found.storage().resizable() && found.storage().nbytes() == found.nbytes();
  return alike && own && !wanted.requires_grad();
}

}  // namespace

void assign_weights(const std::vector<NamedParameter>& wanted, const TensorMap& found, const std::string& path,
                    const MatchRules& rules) {
  check_names(wanted, found, path, rules);
  check_finite(wanted, found, path);
  const c10::NoGradGuard no_grad;
  for (const NamedParameter& entry : wanted) {
    const auto match = found.find(entry.name);
    if (match != found.end()) {
      if (can_adopt(*entry.tensor, match->second)) {
        *entry.tensor = match->second;
      } else {
        entry.tensor->copy_(match->second);
      }
    } else {
      *entry.tensor = at::Tensor();
    }
  }
}

}  // namespace dinomaly
