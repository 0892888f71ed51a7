// The words by which options and files name the core's choices: one table for each choice. A word of no table is an
// error, never a default.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "config.h"
#include "error.h"
#include "inference/plan.h"
#include "maps/encode.h"
#include "preprocess.h"

namespace dinomaly {

template <typename Choice>
struct Word {
  std::string_view word;
  Choice choice;
};

inline constexpr std::array kMlpWords = {Word{"gelu", MlpKind::kGelu}, Word{"swiglu", MlpKind::kSwiGlu}};
inline constexpr std::array kAttentionWords = {Word{"linear", AttentionKind::kLinear},
                                               Word{"softmax", AttentionKind::kSoftmax},
                                               Word{"efficient", AttentionKind::kEfficient}};
inline constexpr std::array kFusionWords = {Word{"mean", GroupFusion::kMean},
                                            Word{"concatenate", GroupFusion::kConcatenate}};
inline constexpr std::array kLossWords = {Word{"loose", LossKind::kLoose},
                                          Word{"global-cosine", LossKind::kGlobalCosine},
                                          Word{"per-point", LossKind::kPerPoint}};
inline constexpr std::array kPrecisionWords = {Word{"fp32", Precision::kFloat32}, Word{"bf16", Precision::kBfloat16},
                                               Word{"int8", Precision::kInt8}};
inline constexpr std::array kMaskConventionWords = {Word{"any", MaskConvention::kAny},
                                                    Word{"half", MaskConvention::kHalf}};
inline constexpr std::array kMapEncodingWords = {
    Word{"uint16", MapEncoding::kUint16}, Word{"float16", MapEncoding::kFloat16},
    Word{"float32", MapEncoding::kFloat32}, Word{"binary", MapEncoding::kBinary}};

// The choice that `word` names. Throws INVALID_CONFIG naming the option, the word and those that there are.
template <typename Choice, size_t kCount>
Choice from_word(const std::array<Word<Choice>, kCount>& table, std::string_view word, std::string_view option) {
  std::string known;
  for (const Word<Choice>& entry : table) {
    if (entry.word == word) return entry.choice;
    known.append(known.empty() ? "'" : ", '").append(entry.word).append("'");
  }
  throw Error("INVALID_CONFIG", std::string("Expected one of ")
                                    .append(known)
                                    .append(" for ")
                                    .append(option)
                                    .append(" but received '")
                                    .append(word)
                                    .append("'"));
}

}  // namespace dinomaly
