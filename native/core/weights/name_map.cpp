#include "name_map.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <array>
#include <cmath>
#include <optional>

#include "bytes.h"
#include "name_rules.h"

namespace dinomaly {
namespace {

constexpr std::array<std::string_view, 3> kSplit{"attn.q.", "attn.k.", "attn.v."};
constexpr std::string_view kBlocks = "blocks.";
// Of a pair of encoders that train each other, the one to use.
constexpr std::array<std::string_view, 2> kPreferred{"teacher", "base_encoder"};

std::string replace_start(std::span<const NameRule> rules, std::string_view name) {
  for (const NameRule& rule : rules) {
    if (name.starts_with(rule.from)) return std::string(rule.to) + std::string(name.substr(rule.from.size()));
  }
  return std::string(name);
}

// The part of a block's name after "blocks.N.", or nullopt.
std::optional<size_t> block_part(std::string_view name) {
  if (!name.starts_with(kBlocks)) return std::nullopt;
  const size_t dot = name.find('.', kBlocks.size());
  return dot == std::string_view::npos ? std::nullopt : std::optional(dot + 1);
}

std::string official_name(const FamilyNames& names, std::string_view name) {
  const std::string global = replace_start(names.starts, name);
  const std::optional<size_t> part = block_part(global);
  return part ? global.substr(0, *part) + replace_start(names.block, std::string_view(global).substr(*part)) : global;
}

std::string find_prefix(const TensorMap& tensors, const std::string& path) {
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : tensors) {
    for (const std::string_view landmark : landmark_names()) {
      if (!name.ends_with(landmark)) continue;
      const std::string prefix = name.substr(0, name.size() - landmark.size());
      if (prefix.empty()) return prefix;
      if (prefix.ends_with('.')) prefixes.push_back(prefix);
    }
  }
  if (prefixes.size() < 2) return prefixes.empty() ? "" : prefixes[0];
  for (const std::string_view preferred : kPreferred) {
    for (const std::string& prefix : prefixes) {
      if (prefix.find(preferred) != std::string::npos) return prefix;
    }
  }
  refuse_weights(path, "it holds several encoders: " + in_quotes(prefixes[0]) + ", " + in_quotes(prefixes[1]));
}

TensorMap rename(const TensorMap& tensors, const FamilyNames& names, const std::string& path) {
  const std::string prefix = find_prefix(tensors, path);
  TensorMap renamed;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with(prefix)) continue;
    const std::string official = official_name(names, std::string_view(name).substr(prefix.size()));
    if (!renamed.emplace(official, tensor).second) {
      refuse_weights(path, "two of its tensors mean " + in_quotes(official) + ", one of them " + in_quotes(name));
    }
  }
  return renamed;
}

// The q, k and v beside `name`, blocks.N.attn.q.<leaf>.
std::vector<at::Tensor> attention_parts(const TensorMap& tensors, const std::string& name, const std::string& block,
                                        const std::string& leaf, const std::string& path) {
  std::vector<at::Tensor> parts;
  for (const std::string_view split : kSplit) {
    const std::string wanted = block + std::string(split) + leaf;
    const auto found = tensors.find(wanted);
    if (found == tensors.end()) refuse_weights(path, in_quotes(name) + " has no counterpart " + in_quotes(wanted));
    parts.push_back(found->second);
    if (parts.back().sizes() != parts[0].sizes() || parts[0].dim() == 0 ||
        parts.back().scalar_type() != parts[0].scalar_type()) {
      refuse_weights(path, in_quotes(wanted) + " has not the shape and dtype of its counterparts");
    }
  }
  return parts;
}

// blocks.N.attn.{q, k, v}.{weight, bias}, each [C, ...] -> blocks.N.attn.qkv.{weight, bias} [3C, ...].
void fuse_attention(TensorMap* tensors, const std::string& path) {
  TensorMap fused;
  for (auto entry = tensors->begin(); entry != tensors->end();) {
    const std::string name = entry->first;
    const size_t part = block_part(name).value_or(name.size());
    const std::string block = name.substr(0, part);
    if (!name.substr(part).starts_with(kSplit[0])) {
      ++entry;
      continue;
    }
    const std::string leaf = name.substr(part + kSplit[0].size());
    fused.emplace(block + "attn.qkv." + leaf, at::cat(attention_parts(*tensors, name, block, leaf, path), 0));
    for (const std::string_view split : kSplit) {
      const auto found = tensors->find(block + std::string(split) + leaf);
      if (found == entry) ++entry;
      tensors->erase(found);
    }
  }
  for (auto& [name, tensor] : fused) {
    if (!tensors->emplace(name, tensor).second) refuse_weights(path, in_quotes(name) + " is there fused and apart");
  }
}

// timm's SwiGLU is fc1, of two halves, and fc2: its shapes alone tell it from the plain kind.
TensorMap resolve_packed_gates(const TensorMap& tensors) {
  const auto packed = [&](const std::string& block) {
    const auto inner = tensors.find(block + "mlp.fc1.weight"), outer = tensors.find(block + "mlp.fc2.weight");
    return inner != tensors.end() && outer != tensors.end() && inner->second.dim() == 2 && outer->second.dim() == 2 &&
           inner->second.size(0) == 2 * outer->second.size(1);
  };
  constexpr std::array<NameRule, 2> kRules{{{"mlp.fc1.", "mlp.w12."}, {"mlp.fc2.", "mlp.w3."}}};
  TensorMap resolved;
  for (const auto& [name, tensor] : tensors) {
    const std::string block = name.substr(0, block_part(name).value_or(0));
    const std::string rest = name.substr(block.size());
    // A file that has both names for a tensor is told so by the mismatch.
    resolved.emplace(block.empty() || !packed(block) ? name : block + replace_start(kRules, rest), tensor);
  }
  return resolved;
}

void finish_vit(TensorMap* tensors) {
  const auto cls = tensors->find("cls_token");
  const auto pos = tensors->find("pos_embed");
  if (pos != tensors->end() && pos->second.dim() == 3 && pos->second.size(0) == 1) {
    const int64_t rows = pos->second.size(1);
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(rows))));
    if (side > 0 && side * side == rows) {  // M*M + 1, with a class position, is never a square
      pos->second = at::cat({at::zeros({1, 1, pos->second.size(2)}, pos->second.options()), pos->second}, 1);
    }
  }
  const auto mask = tensors->find("mask_token");
  if (mask == tensors->end() || mask->second.dim() != 3 || cls == tensors->end()) return;
  if (mask->second.sizes() == cls->second.sizes()) {
    mask->second = mask->second.flatten(0, 1);
  } else {
    tensors->erase(mask);
  }
}

// Publishers of DINOv3 leave out the bias of the keys, which is zero,
void complete_key_biases(TensorMap* tensors) {
  TensorMap zeros;
  for (const auto& [name, tensor] : *tensors) {
    const size_t part = block_part(name).value_or(name.size());
    if (name.substr(part) == "attn.q.bias") zeros.emplace(name.substr(0, part) + "attn.k.bias", at::zeros_like(tensor));
  }
  tensors->merge(zeros);
}

// or that of queries and values too; and what the official files hold for the keys counts for nothing.
void settle_biases(TensorMap* tensors) {
  TensorMap zeros;
  for (auto& [name, tensor] : *tensors) {
    const size_t part = block_part(name).value_or(name.size());
    const std::string rest = name.substr(part);
    // An empty matrix may claim any number of rows.
    if (rest == "attn.qkv.weight" && tensor.dim() == 2 && tensor.numel() > 0) {
      zeros.emplace(name.substr(0, part) + "attn.qkv.bias", at::zeros({tensor.size(0)}, tensor.options()));
    }
    if (rest != "attn.qkv.bias" || tensor.dim() != 1 || tensor.size(0) % 3 != 0) continue;
    const int64_t dim = tensor.size(0) / 3;
    tensor = tensor.clone();
    tensor.narrow(0, dim, dim).zero_();
  }
  tensors->merge(zeros);  // where there is none
}

// With a gate beside them, mlp.up and mlp.down (timm: mlp.fc2) are SwiGLU's w2 and w3, else fc1 and fc2.
TensorMap resolve_gates(const TensorMap& tensors, const std::string& path) {
  TensorMap resolved;
  for (const auto& [name, tensor] : tensors) {
    const size_t part = block_part(name).value_or(name.size());
    const std::string block = name.substr(0, part);
    const bool gated = tensors.contains(block + "mlp.w1.weight");
    const std::array<NameRule, 3> rules{{{"mlp.up.", gated ? "mlp.w2." : "mlp.fc1."},
                                         {"mlp.down.", gated ? "mlp.w3." : "mlp.fc2."},
                                         {"mlp.fc2.", gated ? "mlp.w3." : "mlp.fc2."}}};
    const std::string official = block + replace_start(rules, std::string_view(name).substr(part));
    if (!resolved.emplace(official, tensor).second) {
      refuse_weights(path, "two of its tensors mean " + in_quotes(official));
    }
  }
  return resolved;
}

void finish_dinov3(TensorMap* tensors) {
  settle_biases(tensors);
  const auto mask = tensors->find("mask_token");
  if (mask != tensors->end() && mask->second.dim() == 3 && mask->second.size(0) == 1) {
    mask->second = mask->second.flatten(0, 1);
  }
}

}  // namespace

TensorMap to_official_names(TensorMap tensors, std::string_view family, const std::string& path) {
  TensorMap official = rename(tensors, names_of(family), path);
  if (family == "dinov3") {
    official = resolve_gates(official, path);
    complete_key_biases(&official);
  }
  fuse_attention(&official, path);
  if (family == "vit") {
    official = resolve_packed_gates(official);
    finish_vit(&official);
  }
  if (family == "dinov3") finish_dinov3(&official);
  return official;
}

}  // namespace dinomaly
