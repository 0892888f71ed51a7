// The network's shapes, its groups and the traps of the published code.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/anomaly_map.h"
#include "core/dinomaly.h"
#include "core/encoders/vit.h"
#include "core/generator.h"
#include "core/inference/plan.h"
#include "core/nn/attention.h"
#include "core/nn/block.h"
#include "core/nn/encoder_block.h"
#include "core/preprocess.h"
#include "harness.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

TEST("inputs of any height and width that are multiples of the patch give patch tokens of that grid") {
  const at::NoGradGuard no_grad;
  const Network network = small_network();
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{8, 8}, {24, 40}, {56, 16}}) {
    const GroupFeatures features = network.forward(random_images(2, height, width), {});
    REQUIRE(features.encoder.size() == 2 && features.decoder.size() == 2);
    for (const auto& group : {features.encoder[0], features.decoder[1]}) {
      CHECK(group.sizes() == at::IntArrayRef({2, (height / 8) * (width / 8), 16}));
    }
  }
}

TEST("inputs that are no multiple of the patch are refused") {
  const Network network = small_network();
  CHECK_THROWS_CODE(network.forward(random_images(1, 24, 20), {}), "INVALID_INPUT");
  CHECK_THROWS_CODE(network.forward(at::zeros({1, 1, 24, 24}), {}), "INVALID_INPUT");
}

TEST("encoder blocks after the last target are never run") {
  const at::NoGradGuard no_grad;
  Network network = small_network();
  const at::Tensor images = random_images(1, 16, 16);
  const at::Tensor before = network.forward(images, {}).decoder[0].clone();
  for (const NamedParameter& parameter : network.parameters()) {
    if (parameter.name.starts_with("encoder.blocks.5.") || parameter.name.starts_with("encoder.norm.")) {
      parameter.tensor->fill_(NAN);
    }
  }
  CHECK_CLOSE(network.forward(images, {}).decoder[0], before, 0.0);
}

TEST("the bottleneck input is the mean of all targets even when groups differ in size") {
  const at::NoGradGuard no_grad;
  ModelConfig config = small_config();
  config.encoder_groups = {{0}, {1, 2, 3}};
  Network network = small_network(config);
  const at::Tensor images = random_images(2, 16, 24);
  const auto features = network.encoder().features(images, config.target_layers, {});
  CHECK_CLOSE(network.fuse(network.encode(images, {})), at::stack(features).mean(0), 1e-6);
}

TEST("linear attention stays finite where elu(x) + 1 is zero for every key and query") {
  const at::Tensor low = at::full({1, 1, 5, 4}, -200.0);
  const at::Tensor value = at::ones({1, 1, 5, 4});
  CHECK(linear_attention(low, low, value).isfinite().all().item<bool>());
}

TEST("linear attention equals its definition, token by token") {
  const at::Tensor q = at::randn({2, 2, 5, 3}), k = at::randn({2, 2, 5, 3}), v = at::randn({2, 2, 5, 3});
  const at::Tensor weights = at::matmul(at::elu(q) + 1, (at::elu(k) + 1).transpose(-2, -1));  // [B, H, N, N]
  const at::Tensor expected = at::matmul(weights / weights.sum(-1, true), v);
  CHECK_CLOSE(linear_attention(q, k, v), expected, 1e-5);
}

TEST("linear attention in bf16 keeps keys and queries far below zero, where elu(x) + 1 is 0") {
  const auto rounded = at::TensorOptions().dtype(at::kBFloat16);
  const at::Tensor q = at::full({1, 1, 5, 4}, -1.0, rounded), k = at::full({1, 1, 5, 4}, -10.0, rounded);
  const at::Tensor v = at::arange(20, at::kFloat).view({1, 1, 5, 4}).to(at::kBFloat16);
  CHECK_CLOSE(linear_attention(q, k, v).to(at::kFloat), v.to(at::kFloat).mean(2, true).expand({1, 1, 5, 4}), 0.01);
}

TEST("rounding a network leaves LayerNorm, positions and single tokens in fp32") {
  Network network = small_network();
  network.round_products(at::kBFloat16);
  for (const NamedParameter& parameter : network.parameters()) {
    const std::string& name = parameter.name;
    const bool kept = name.find("norm") != std::string::npos || name.ends_with("pos_embed") ||
                      name.ends_with("_token") || name.ends_with("_tokens");
    CHECK(parameter.tensor->scalar_type() == (kept ? at::kFloat : at::kBFloat16));
  }
}

TEST("a stop request ends the forward pass with ABORTED") {
  StopSource source;
  source.request_stop();
  CHECK_THROWS_CODE(small_network().forward(random_images(1, 16, 16), source.token()), "ABORTED");
}

TEST("configurations that cannot run are refused by field") {
  ModelConfig config = small_config();
  config.target_layers = {1, 9};
  CHECK_THROWS_CODE(Network(config), "INVALID_CONFIG");
  config = small_config();
  config.decoder_groups = {{0, 7}};
  CHECK_THROWS_CODE(Network(config), "INVALID_CONFIG");
  config = small_config();
  config.encoder.heads = 3;
  CHECK_THROWS_CODE(Network(config), "INVALID_CONFIG");
  config = small_config();
  config.encoder.family = "resnet";
  CHECK_THROWS_CODE(Network(config), "INVALID_CONFIG");
}

TEST("execution plans give the network's own result") {
  const Network network = small_network();
  const at::Tensor images = random_images(3, 24, 16);
  const at::Tensor expected = distance_maps(network.forward(images, {}), {3, 2});
  CHECK_CLOSE(distance_maps(
                  make_plan(network, geometry_of(images), at::kCPU, Precision::kFloat32)->compared(images, {}), {3, 2}),
              expected, 1e-5);
  CHECK_CLOSE(
      distance_maps(make_plan(network, geometry_of(images), at::kCPU, Precision::kBfloat16)->compared(images, {}),
                    {3, 2}),
      expected, 0.02);
}

TEST("the features of a plan are the targets of its network and the groups that its maps come from") {
  const Network network = small_network();
  const at::Tensor pixels = at::empty({1, 24, 16, 3}, at::kByte).random_(0, 256, make_generator(at::kCPU, 5));
  const at::Tensor images = normalise(pixels, at::kCPU);
  const auto plan = make_plan(network, geometry_of(images), at::kCPU, Precision::kFloat32);
  const PassFeatures features = plan->features(pixels, {});
  CHECK(at::equal(distance_maps(features.groups, {3, 2}), distance_maps(plan->compared(images, {}), {3, 2})));
  const auto targets = network.encoder().features(images, network.config().target_layers, {});
  CHECK(features.targets.size() == targets.size());
  for (size_t i = 0; i < targets.size(); ++i) CHECK_CLOSE(features.targets[i], targets[i], 1e-5);
}

TEST("building a plan leaves the network's own weights in place") {
  Network network = small_network();
  make_plan(network, {.crop_height = 24, .crop_width = 16}, at::kCPU, Precision::kBfloat16);
  for (const NamedParameter& parameter : network.parameters()) {
    CHECK(parameter.tensor->defined() && parameter.tensor->scalar_type() == at::kFloat);
  }
}

// Gives a part of a network the tensors that the network has under `prefix`.
template <typename Part>
void share_tensors(Part& part, Network& network, const std::string& prefix) {
  int shared = 0;
  part.visit(prefix, [&](const std::string& name, at::Tensor& tensor) {
    for (const NamedParameter& parameter : network.parameters()) {
      if (parameter.name == name) tensor = *parameter.tensor, ++shared;
    }
  });
  REQUIRE(shared > 0);
}

void scale(Network& network, const std::string& prefix, double factor) {
  for (const NamedParameter& parameter : network.parameters()) {
    if (parameter.name.starts_with(prefix)) parameter.tensor->mul_(factor);
  }
}

TEST("features far below the eps of LayerNorm pass as its eps has it: 1e-6 in the encoder, 1e-8 in the decoder") {
  const at::NoGradGuard no_grad;
  Network network = small_network();
  for (const char* name : {"encoder.patch_embed.", "encoder.cls_token", "encoder.pos_embed", "encoder.register_tokens",
                           "bottleneck.0.fc2."}) {
    scale(network, name, 1e-4);
  }
  const at::Tensor images = random_images(1, 16, 24);
  EncoderBlock first(block_config(network.config().encoder, 1e-6));
  share_tensors(first, network, "encoder.blocks.0.");
  const at::Tensor tokens = dynamic_cast<const Vit&>(network.encoder()).tokens(images);
  CHECK(tokens.var().item<double>() < 1e-7);
  CHECK_CLOSE(network.encoder().features(images, {0}, {})[0], first(tokens, {}), 1e-6);

  Block last({.dim = 16, .heads = 2, .attention = AttentionKind::kLinear, .norm_eps = 1e-8});
  share_tensors(last, network, "decoder.0.");
  const at::Tensor fused = at::ones({1, 9, 16});
  const at::Tensor state = network.bottleneck(fused, std::nullopt);
  CHECK(state.var().item<double>() < 1e-7);
  CHECK_CLOSE(network.decode(fused, {2, 3}, std::nullopt, {})[0], last(state), 1e-6);
}

TEST("first weights are a normal of 0.01 cut at 0.03, biases 0, and norms 1 and 0") {
  ModelConfig config = small_config();
  config.encoder.dim = 64;
  Network network(config);
  network.initialise_trainable(make_generator(at::kCPU, 1));
  std::vector<at::Tensor> drawn;
  for (const NamedParameter& parameter : network.trainable_parameters()) {
    const at::Tensor& tensor = *parameter.tensor;
    const bool norm = parameter.name.find("norm") != std::string::npos;
    if (tensor.dim() == 2) {
      drawn.push_back(tensor.flatten());
    } else {
      CHECK(tensor.eq(norm && parameter.name.ends_with("weight") ? 1 : 0).all().item<bool>());
    }
  }
  const at::Tensor all = at::cat(drawn).to(at::kDouble);
  REQUIRE(all.numel() > 200'000);
  CHECK(std::abs(all.mean().item<double>()) < 1e-4);
  // Of a normal cut at three deviations.
  CHECK(std::abs(all.std().item<double>() - 0.0098658) < 5e-5);
  CHECK(std::abs(all.abs().lt(0.01).to(at::kDouble).mean().item<double>() - 0.6845) < 5e-3);
  CHECK(all.abs().max().item<double>() <= 0.03 + 1e-9 && all.abs().ge(0.02999).sum().item<int64_t>() < 20);
}

TEST("the share of pixels of the score is rounded down") {
  const at::Tensor maps = at::arange(7, at::kFloat).view({1, 1, 7});
  CHECK_CLOSE(image_scores(maps, 0.42), at::tensor({5.5f}), 1e-7);  // 2.94 pixels
  CHECK_CLOSE(image_scores(maps, 0.43), at::tensor({5.0f}), 1e-7);  // 3.01
}

TEST("the coldest pixel that made a score counts at least a thousandth of the map and 16, or a 64th") {
  const auto floor_of = [](int64_t pixels, double ratio) {
    const at::Tensor maps = at::arange(pixels, at::kFloat).view({1, 1, pixels});
    return static_cast<double>(pixels) - hottest_pixels(maps, ratio).floors.item<double>();
  };
  CHECK(floor_of(10, 0.3) == 3);
  CHECK(floor_of(1000, 0.1) == 100);
  CHECK(floor_of(10, 0) == 1);
  CHECK(floor_of(200, 0) == 3);
  CHECK(floor_of(2000, 0) == 16);
  CHECK(floor_of(40'000, 0) == 40);
  CHECK(hottest_pixels(at::arange(40, at::kFloat).view({1, 5, 8}), 0.5).peaks.item<double>() == 39);
}

TEST("the image score is the mean of the largest share of pixels, at least one") {
  const at::Tensor maps = at::arange(200, at::kFloat).view({1, 10, 20});
  CHECK_CLOSE(image_scores(maps, 0.01), at::tensor({198.5f}), 1e-7);
  CHECK_CLOSE(image_scores(maps, 0.001), at::tensor({199.0f}), 1e-7);
  CHECK_CLOSE(image_scores(maps, 0), at::tensor({199.0f}), 1e-7);
}

}  // namespace
}  // namespace dinomaly::test
