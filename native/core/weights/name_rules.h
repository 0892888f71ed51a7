// The table of published encoder namings: for each family, what others call its tensors, what a file may lack, and what
// it may hold besides.
#pragma once

#include <span>
#include <string_view>

#include "match.h"

namespace dinomaly {

// The start of a name, and what takes its place.
struct NameRule {
  std::string_view from, to;
};

struct FamilyNames {
  std::string_view family;
  std::span<const NameRule> starts;  // of a whole name; the first that matches wins, then its block's part is looked at
  std::span<const NameRule> block;   // of what follows "blocks.N."
  std::span<const std::string_view> may_lack, may_have;  // as in MatchRules
};

// Throws Error INVALID_CONFIG for a family that is not in the table.
const FamilyNames& names_of(std::string_view family);

// What every naming has. What stands before it is a prefix of all names.
std::span<const std::string_view> landmark_names();

// The rules by which a file's tensors, under the family's own names after `prefix`, match an encoder's.
MatchRules encoder_match_rules(std::string_view family, const std::string& prefix = "");

}  // namespace dinomaly
