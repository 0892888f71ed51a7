#include "name_map.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "bytes.h"

namespace dinomaly {
namespace {

struct Rule {
  std::string_view from, to;
};

// At the start of a name, first match wins. Hugging Face, then timm.
constexpr std::array<Rule, 10> kStarts{{
    {"embeddings.cls_token", "cls_token"},
    {"embeddings.mask_token", "mask_token"},
    {"embeddings.register_tokens", "register_tokens"},
    {"embeddings.position_embeddings", "pos_embed"},
    {"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    {"encoder.layer.", "blocks."},
    {"layernorm.", "norm."},
    {"reg_token", "register_tokens"},
    {"position_embeddings", "pos_embed"},
    {"patch_embeddings.projection.", "patch_embed.proj."},
}};

// Within a block, after "blocks.N.".
constexpr std::array<Rule, 12> kBlock{{
    {"attention.attention.query.", "attn.q."},
    {"attention.attention.key.", "attn.k."},
    {"attention.attention.value.", "attn.v."},
    {"attention.output.dense.", "attn.proj."},
    {"layer_scale1.lambda1", "ls1.gamma"},
    {"layer_scale2.lambda1", "ls2.gamma"},
    {"mlp.weights_in.", "mlp.w12."},
    {"mlp.weights_out.", "mlp.w3."},
    {"attn.q_proj.", "attn.q."},
    {"attn.k_proj.", "attn.k."},
    {"attn.v_proj.", "attn.v."},
    {"attn.out_proj.", "attn.proj."},
}};

// What every naming has; what comes before it is the prefix.
constexpr std::array<std::string_view, 2> kLandmarks{"patch_embed.proj.weight",
                                                     "embeddings.patch_embeddings.projection.weight"};
constexpr std::array<std::string_view, 3> kSplit{"attn.q.", "attn.k.", "attn.v."};
constexpr std::string_view kBlocks = "blocks.";

template <size_t N>
std::string replace_start(const std::array<Rule, N>& rules, std::string_view name) {
  for (const Rule& rule : rules) {
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

std::string official_name(std::string_view name) {
  const std::string global = replace_start(kStarts, name);
  const std::optional<size_t> part = block_part(global);
  return part ? global.substr(0, *part) + replace_start(kBlock, std::string_view(global).substr(*part)) : global;
}

// Of a student and a teacher in one file, the teacher.
std::string find_prefix(const TensorMap& tensors, const std::string& path) {
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : tensors) {
    for (const std::string_view landmark : kLandmarks) {
      if (!name.ends_with(landmark)) continue;
      const std::string prefix = name.substr(0, name.size() - landmark.size());
      if (prefix.empty()) return prefix;
      if (prefix.ends_with('.')) prefixes.push_back(prefix);
    }
  }
  if (prefixes.size() < 2) return prefixes.empty() ? "" : prefixes[0];
  for (const std::string& prefix : prefixes) {
    if (prefix.find("teacher") != std::string::npos) return prefix;
  }
  refuse_weights(path, "it holds several encoders: " + in_quotes(prefixes[0]) + ", " + in_quotes(prefixes[1]));
}

TensorMap rename(const TensorMap& tensors, const std::string& path) {
  const std::string prefix = find_prefix(tensors, path);
  TensorMap renamed;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with(prefix)) continue;
    const std::string official = official_name(std::string_view(name).substr(prefix.size()));
    if (!renamed.emplace(official, tensor).second) {
      refuse_weights(path, "two of its tensors mean " + in_quotes(official) + ", one of them " + in_quotes(name));
    }
  }
  return renamed;
}

// blocks.N.attn.{q, k, v}.{weight, bias}, each [C, ...] -> blocks.N.attn.qkv.{weight, bias} [3C, ...].
void fuse_attention(TensorMap* tensors, const std::string& path) {
  TensorMap fused;
  for (auto entry = tensors->begin(); entry != tensors->end();) {
    const std::string name = entry->first;
    const size_t part = block_part(name).value_or(name.size());
    const std::string rest = name.substr(part);
    if (!rest.starts_with(kSplit[0])) {
      ++entry;
      continue;
    }
    const std::string leaf = rest.substr(kSplit[0].size());
    std::vector<at::Tensor> parts;
    for (const std::string_view split : kSplit) {
      const std::string wanted = name.substr(0, part) + std::string(split) + leaf;
      const auto found = tensors->find(wanted);
      if (found == tensors->end()) refuse_weights(path, in_quotes(name) + " has no counterpart " + in_quotes(wanted));
      parts.push_back(found->second);
      if (parts.back().sizes() != parts[0].sizes() || parts[0].dim() == 0 ||
          parts.back().scalar_type() != parts[0].scalar_type()) {
        refuse_weights(path, in_quotes(wanted) + " has not the shape and dtype of its counterparts");
      }
    }
    for (const std::string_view split : kSplit) {
      const auto found = tensors->find(name.substr(0, part) + std::string(split) + leaf);
      if (found == entry) ++entry;
      tensors->erase(found);
    }
    fused.emplace(name.substr(0, part) + "attn.qkv." + leaf, at::cat(parts, 0));
  }
  for (auto& [name, tensor] : fused) {
    if (!tensors->emplace(name, tensor).second) refuse_weights(path, in_quotes(name) + " is there fused and apart");
  }
}

void complete(TensorMap* tensors) {
  const auto cls = tensors->find("cls_token");
  const auto pos = tensors->find("pos_embed");
  if (pos != tensors->end() && pos->second.dim() == 3 && pos->second.size(0) == 1) {
    const int64_t rows = pos->second.size(1);
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(rows))));
    if (side > 0 && side * side == rows) {  // M*M + 1, with a class position, is never a square
      pos->second = at::cat({at::zeros({1, 1, pos->second.size(2)}, pos->second.options()), pos->second}, 1);
    }
  }
  if (cls != tensors->end() && cls->second.dim() == 3 && tensors->count("mask_token") == 0) {
    tensors->emplace("mask_token", at::zeros({1, cls->second.size(2)}, cls->second.options()));
  }
}

}  // namespace

TensorMap to_official_names(TensorMap tensors, const std::string& path) {
  TensorMap official = rename(tensors, path);
  fuse_attention(&official, path);
  complete(&official);
  return official;
}

}  // namespace dinomaly
