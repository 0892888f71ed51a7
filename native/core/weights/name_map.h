// Published encoder namings, turned into those of the family's own publishers by one table (name_rules.cpp).
#pragma once

#include <string>
#include <string_view>

#include "tensor_map.h"

namespace dinomaly {

// Encoder weights under the official names of `family` (blocks.N.attn.qkv.weight, register_tokens, ...), whatever of
// these the file uses: the official names, Hugging Face's, timm's; q, k, v fused or apart; any prefix before all of
// them (module., backbone., encoder., module.base_encoder., image_encoder.trunk., ...), in which case names without the
// prefix, such as heads or Dinomaly's decoder, are dropped. Of several encoders in one file the teacher, or MoCo's base
// encoder, is meant. Also:
// - vit: timm folds the class position into cls_token for register models, so that pos_embed has M*M rows: a zero row
//   is put before them, which gives the same sums. The mask token of a decoder, of another shape, is dropped;
// - dinov3: keys have no bias. Whatever stands in the key third of qkv.bias becomes zero, and absent biases are zero.
// Tensors that no rule names are passed on, for the mismatch message. Throws WEIGHTS_FORMAT naming `path` when two
// names mean the same tensor, or a part of q, k, v is missing.
TensorMap to_official_names(TensorMap tensors, std::string_view family, const std::string& path = "the weights");

}  // namespace dinomaly
