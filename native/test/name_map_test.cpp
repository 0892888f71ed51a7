// Published namings of one encoder all give the official names; assign_weights takes all or nothing.
#include "core/weights/name_map.h"

#include <ATen/ATen.h>

#include "core/weights/match.h"
#include "core/weights/weights_file.h"
#include "file_cases.h"
#include "harness.h"

namespace dinomaly::test {
namespace {

TensorMap official(const std::string& folder, const std::string& name) {
  const std::string path = fixture(folder + "/checkpoints/" + name);
  return to_official_names(read_weights(path, nullptr), "vit", path);
}

// Within `tolerance`, and the same names.
void check_same(const TensorMap& actual, const TensorMap& expected, double tolerance) {
  REQUIRE(actual.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    REQUIRE(actual.contains(name));
    CHECK_CLOSE(actual.at(name).to(at::kFloat), tensor.to(at::kFloat), tolerance);
  }
}

TEST("official, Hugging Face, fp16 and whole-model files give one encoder") {
  for (const std::string folder : {"cases", "softmax"}) {
    const TensorMap expected = official(folder, "dinov2-official.pth");
    CHECK(expected.contains("blocks.0.attn.qkv.weight"));
    check_same(official(folder, "dinov2-huggingface.safetensors"), expected, 0);
    check_same(official(folder, "dinov2-official-fp16.safetensors"), expected, 1e-3);
    check_same(official(folder, "dinomaly-official.pth"), expected, 0);
  }
}

TEST("timm's folded class position gives the same sums, and its mask token stays absent") {
  const TensorMap expected = official("cases", "dinov2-official.pth");
  TensorMap timm = official("cases", "dinov2-timm.safetensors");
  const auto class_sum = [](const TensorMap& t) { return t.at("cls_token") + t.at("pos_embed").narrow(1, 0, 1); };
  CHECK_CLOSE(class_sum(timm), class_sum(expected), 0);
  CHECK(!timm.contains("mask_token"));
  for (const char* name : {"cls_token", "mask_token"}) timm[name] = expected.at(name);
  const int64_t rows = expected.at("pos_embed").size(1) - 1;
  CHECK_CLOSE(timm.at("pos_embed").narrow(1, 1, rows), expected.at("pos_embed").narrow(1, 1, rows), 0);
  timm["pos_embed"] = expected.at("pos_embed");
  check_same(timm, expected, 0);
}

TEST("prefixes before all names are stripped and what lies outside them is dropped") {
  const TensorMap expected = official("cases", "dinov2-official.pth");
  for (const std::string prefix :
       {"module.", "backbone.", "encoder.", "model.", "module.base_encoder.", "teacher.backbone."}) {
    TensorMap prefixed{{"head.weight", at::ones({2, 2})}};
    for (const auto& [name, tensor] : expected) prefixed[prefix + name] = tensor;
    check_same(to_official_names(prefixed, "vit"), expected, 0);
  }
  TensorMap pair;
  for (const auto& [name, tensor] : expected) {
    pair["student.backbone." + name] = tensor + 1;
    pair["teacher.backbone." + name] = tensor;
  }
  check_same(to_official_names(pair, "vit"), expected, 0);
}

TEST("names without a rule are passed on") {
  const TensorMap mapped =
      to_official_names({{"patch_embed.proj.weight", at::ones({1})}, {"head.bias", at::ones({1})}}, "vit");
  CHECK(mapped.contains("head.bias") && mapped.size() == 2);
}

TEST("two names for one tensor, and parts of q, k, v, are refused") {
  const at::Tensor w = at::ones({2, 2});
  const auto refused = [](const TensorMap& tensors) {
    return error_of([&] { to_official_names(tensors, "vit", "F"); });
  };
  CHECK(contains(refused({{"cls_token", w}, {"embeddings.cls_token", w}}), "two of its tensors mean 'cls_token'"));
  CHECK(contains(refused({{"blocks.0.attn.q.weight", w}, {"blocks.0.attn.v.weight", w}}), "no counterpart"));
  CHECK(contains(
      refused(
          {{"blocks.0.attn.q.weight", w}, {"blocks.0.attn.k.weight", at::ones({3})}, {"blocks.0.attn.v.weight", w}}),
      "shape and dtype"));
  CHECK(contains(refused({{"a.patch_embed.proj.weight", w}, {"b.patch_embed.proj.weight", w}}), "several encoders"));
}

TEST("a mismatch lists missing, unexpected and misshapen names with counts, and changes nothing") {
  at::Tensor a = at::zeros({2}), b = at::zeros({2});
  const TensorMap found{{"a", at::ones({2})}, {"b", at::ones({3})}, {"x", at::ones({1})}};
  at::Tensor c = at::zeros({1});
  const std::string error = error_of([&] { assign_weights({{"a", &a}, {"b", &b}, {"c", &c}}, found, "F"); });
  CHECK(error.starts_with("WEIGHTS_MISMATCH"));
  CHECK(contains(error, "'F'") && contains(error, "1 missing: 'c'") && contains(error, "1 unexpected: 'x'"));
  CHECK(contains(error, "'b' is [3], expected [2]"));
  CHECK(a.eq(0).all().item<bool>());
}

TEST("a long mismatch is cut after eight names") {
  TensorMap found;
  for (int i = 0; i < 20; ++i) found["x" + std::to_string(i)] = at::ones({1});
  const std::string error = error_of([&] { assign_weights({}, found, "F"); });
  CHECK(contains(error, "20 unexpected") && contains(error, ", ...") && !contains(error, "x5"));
}

TEST("names may be absent or left over where the rules say so, and what is absent is not made up") {
  at::Tensor a = at::full({1}, 7.0);
  const MatchRules rules{.may_lack = {"a"}, .may_have = {"head.*", "*index"}};
  assign_weights({{"a", &a}}, {{"head.weight", at::ones({1})}, {"x.index", at::ones({1})}}, "F", rules);
  CHECK(!a.defined());
  at::Tensor b = at::full({1}, 7.0);
  for (const char* name : {"header", "index.x", "ahead.weight"}) {
    CHECK_THROWS_CODE(assign_weights({{"a", &b}}, {{name, at::ones({1})}}, "F", rules), "WEIGHTS_MISMATCH");
  }
  CHECK(b.item<double>() == 7.0);
}

TEST("values that are not finite, or not in the wanted type, are refused by name and change nothing") {
  at::Tensor a = at::zeros({2}), b = at::zeros({9000}, at::kHalf);
  for (const double bad : {static_cast<double>(NAN), static_cast<double>(INFINITY), -static_cast<double>(INFINITY)}) {
    for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16}) {
      at::Tensor values = at::ones({9000}, type);
      values[8999] = bad;
      const std::string error =
          error_of([&] { assign_weights({{"a", &a}, {"b", &b}}, {{"a", at::ones({2})}, {"b", values}}, "F"); });
      CHECK(error.starts_with("WEIGHTS_NOT_FINITE") && contains(error, "'b'"));
    }
  }
  CHECK_THROWS_CODE(assign_weights({{"b", &b}}, {{"b", at::full({9000}, 1e6f)}}, "F"), "WEIGHTS_NOT_FINITE");
  CHECK(a.eq(0).all().item<bool>());
}

TEST("values are converted to the wanted type and keep the wanted tensor's identity") {
  at::Tensor a = at::zeros({2}, at::kFloat);
  const void* const storage = a.data_ptr();
  a.requires_grad_(true);
  assign_weights({{"a", &a}}, {{"a", at::tensor({1.5f, 2.5f}).to(at::kHalf)}}, "F");
  CHECK(a.data_ptr() == storage && a.requires_grad());
  CHECK(same(a.detach(), at::tensor({1.5f, 2.5f})));
}

}  // namespace
}  // namespace dinomaly::test
