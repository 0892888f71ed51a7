#include "name_rules.h"

#include <algorithm>
#include <array>

#include "../error.h"

namespace dinomaly {
namespace {

using Names = std::string_view;

// Each list: Hugging Face, then timm.

constexpr auto kVitStarts = std::to_array<NameRule>({
    {"embeddings.cls_token", "cls_token"},
    {"embeddings.mask_token", "mask_token"},
    {"embeddings.register_tokens", "register_tokens"},
    {"embeddings.position_embeddings", "pos_embed"},
    {"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    {"encoder.layer.", "blocks."},
    {"layernorm.", "norm."},
    {"reg_token", "register_tokens"},
});
constexpr auto kVitBlock = std::to_array<NameRule>({
    {"attention.attention.query.", "attn.q."},
    {"attention.attention.key.", "attn.k."},
    {"attention.attention.value.", "attn.v."},
    {"attention.output.dense.", "attn.proj."},
    {"layernorm_before.", "norm1."},
    {"layernorm_after.", "norm2."},
    {"intermediate.dense.", "mlp.fc1."},
    {"output.dense.", "mlp.fc2."},
    {"layer_scale1.lambda1", "ls1.gamma"},
    {"layer_scale2.lambda1", "ls2.gamma"},
    {"mlp.weights_in.", "mlp.w12."},
    {"mlp.weights_out.", "mlp.w3."},
    {"attn.q_proj.", "attn.q."},
    {"attn.k_proj.", "attn.k."},
    {"attn.v_proj.", "attn.v."},
    {"attn.out_proj.", "attn.proj."},
});
// Only DINOv2 has a mask token, D-iGPT and fine-tuned MAE lack the last norm.
constexpr auto kVitLack = std::to_array<Names>({"mask_token", "norm.*"});
// Heads and pooling of classifiers, decoders of MAE, the autoregressive and distilling parts of D-iGPT.
constexpr auto kVitHave =
    std::to_array<Names>({"head.*", "fc.*", "fc_norm.*", "pre_logits.*", "pooler.*", "classifier.*", "decoder_*",
                          "decoder.*", "ar_*", "kd_*", "mask", "masked_embed"});

constexpr auto kBeitStarts = std::to_array<NameRule>({
    {"embeddings.cls_token", "cls_token"},
    {"embeddings.mask_token", "mask_token"},
    {"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    {"encoder.layer.", "blocks."},
    {"encoder.relative_position_bias.", "rel_pos_bias."},
    {"layernorm.", "norm."},
});
constexpr auto kBeitBlock = std::to_array<NameRule>({
    {"attention.attention.query.bias", "attn.q_bias"},
    {"attention.attention.value.bias", "attn.v_bias"},
    {"attention.attention.query.", "attn.q."},
    {"attention.attention.key.", "attn.k."},
    {"attention.attention.value.", "attn.v."},
    {"attention.attention.relative_position_bias.", "attn."},
    {"attention.output.dense.", "attn.proj."},
    {"layernorm_before.", "norm1."},
    {"layernorm_after.", "norm2."},
    {"intermediate.dense.", "mlp.fc1."},
    {"output.dense.", "mlp.fc2."},
    {"lambda_1", "gamma_1"},
    {"lambda_2", "gamma_2"},
    {"attn.q.bias", "attn.q_bias"},
    {"attn.v.bias", "attn.v_bias"},
});
// Fine-tuned files have neither: their fc_norm follows the pooling.
constexpr auto kBeitLack = std::to_array<Names>({"mask_token", "norm.*"});
constexpr auto kBeitHave = std::to_array<Names>(
    {"*relative_position_index", "head.*", "fc_norm.*", "lm_head.*", "cls_pt_layers.*", "pooler.*", "classifier.*"});

constexpr auto kDinov3Starts = std::to_array<NameRule>({
    {"embeddings.cls_token", "cls_token"},
    {"embeddings.mask_token", "mask_token"},
    {"embeddings.register_tokens", "storage_tokens"},
    {"embeddings.patch_embeddings.", "patch_embed.proj."},
    {"encoder.layer.", "blocks."},
    {"model.layer.", "blocks."},
    {"layer.", "blocks."},
    {"reg_token", "storage_tokens"},
});
// "mlp.up." and "mlp.down." mean one thing with a gate beside them and another without; see name_map.cpp.
constexpr auto kDinov3Block = std::to_array<NameRule>({
    {"attention.q_proj.", "attn.q."},
    {"attention.k_proj.", "attn.k."},
    {"attention.v_proj.", "attn.v."},
    {"attention.o_proj.", "attn.proj."},
    {"layer_scale1.lambda1", "ls1.gamma"},
    {"layer_scale2.lambda1", "ls2.gamma"},
    {"mlp.gate_proj.", "mlp.w1."},
    {"mlp.up_proj.", "mlp.up."},
    {"mlp.down_proj.", "mlp.down."},
    {"attn.q_bias", "attn.q.bias"},
    {"attn.v_bias", "attn.v.bias"},
    {"gamma_1", "ls1.gamma"},
    {"gamma_2", "ls2.gamma"},
    {"mlp.fc1_g.", "mlp.w1."},
    {"mlp.fc1_x.", "mlp.up."},
});
constexpr auto kDinov3Lack = std::to_array<Names>({"mask_token", "norm.*"});
constexpr auto kDinov3Have =
    std::to_array<Names>({"rope_embed.*", "*bias_mask", "cls_norm.*", "local_cls_norm.*", "head.*"});

constexpr auto kHieraBlock = std::to_array<NameRule>({
    {"layer_norm1.", "norm1."},
    {"layer_norm2.", "norm2."},
    {"mlp.proj_in.", "mlp.layers.0."},
    {"mlp.proj_out.", "mlp.layers.1."},
    {"mlp.fc1.", "mlp.layers.0."},
    {"mlp.fc2.", "mlp.layers.1."},
});
constexpr auto kHieraStarts = std::to_array<NameRule>({{"patch_embed.projection.", "patch_embed.proj."}});
constexpr auto kHieraHave = std::to_array<Names>({"head.*", "neck.*"});

const std::array<FamilyNames, 4> kFamilies{{
    {"vit", kVitStarts, kVitBlock, kVitLack, kVitHave},
    {"beit", kBeitStarts, kBeitBlock, kBeitLack, kBeitHave},
    {"dinov3", kDinov3Starts, kDinov3Block, kDinov3Lack, kDinov3Have},
    {"hiera", kHieraStarts, kHieraBlock, {}, kHieraHave},
}};

constexpr auto kLandmarks = std::to_array<Names>({
    "patch_embed.proj.weight",
    "patch_embed.projection.weight",
    "embeddings.patch_embeddings.projection.weight",
    "embeddings.patch_embeddings.weight",
});

}  // namespace

const FamilyNames& names_of(std::string_view family) {
  const auto* found =
      std::find_if(kFamilies.begin(), kFamilies.end(), [&](const auto& f) { return f.family == family; });
  if (found == kFamilies.end()) {
    throw Error("INVALID_CONFIG", "The encoder family '" + std::string(family) + "' has no table of names");
  }
  return *found;
}

std::span<const std::string_view> landmark_names() { return kLandmarks; }

MatchRules encoder_match_rules(std::string_view family, const std::string& prefix) {
  const FamilyNames& names = names_of(family);
  MatchRules rules;
  for (const Names name : names.may_lack) rules.may_lack.insert(prefix + std::string(name));
  for (const Names name : names.may_have) rules.may_have.insert(prefix + std::string(name));
  return rules;
}

}  // namespace dinomaly
