// Published encoder namings, turned into the official DINOv2 names by one table.
#pragma once

#include <string>

#include "tensor_map.h"

namespace dinomaly {

// Encoder weights under the official names (blocks.N.attn.qkv.weight, register_tokens, ...), whatever of these the file
// uses: the official names, Hugging Face's, timm's; q, k, v fused or apart; any prefix before all of them (module.,
// backbone., encoder., model., ...), in which case names without the prefix, such as heads or Dinomaly's decoder, are
// dropped. Also:
// - timm folds the class position into cls_token for register models, so that pos_embed has M*M rows: a zero row is put
//   before them, which gives the same sums;
// - a mask_token that the file lacks (timm) becomes zeros: it matters in pre-training alone.
// Tensors that no rule names are passed on, for the mismatch message. Throws WEIGHTS_FORMAT naming `path` when two
// names mean the same tensor, or a part of q, k, v is missing.
TensorMap to_official_names(TensorMap tensors, const std::string& path = "the weights");

}  // namespace dinomaly
