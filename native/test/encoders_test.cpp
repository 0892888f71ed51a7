// The encoders: each family against features that an independent implementation computed, through files under published
// names; and what of them a small case shows.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "core/dinomaly.h"
#include "core/encoders/beit.h"
#include "core/encoders/registry.h"
#include "core/generator.h"
#include "core/inference/plan.h"
#include "core/model_file.h"
#include "core/nn/rotary.h"
#include "core/weights/match.h"
#include "core/weights/name_map.h"
#include "core/weights/name_rules.h"
#include "core/weights/weights_file.h"
#include "core/words.h"
#include "file_cases.h"
#include "harness.h"
#include "parity/case_file.h"
#include "small_model.h"

namespace dinomaly::test {
namespace {

EncoderConfig sam2_hiera_tiny() {
  return {.family = "hiera",
          .dim = 384,
          .depth = 12,
          .heads = 4,
          .patch = 16,
          .registers = 0,
          .position_grid = 7,
          .layer_scale = false,
          .stages = {1, 2, 7, 2},
          .windows = {8, 4, 14, 7},
          .global_blocks = {5, 7, 9}};
}

// One small encoder of each kind of block.
std::vector<EncoderConfig> small_encoders() {
  const EncoderConfig plain{
      .dim = 16, .depth = 3, .heads = 2, .patch = 4, .registers = 0, .position_grid = 4, .layer_scale = false};
  EncoderConfig giant = plain, beit = plain, shared = plain, dinov3 = plain, gated = plain, hiera = plain;
  giant.mlp = gated.mlp = MlpKind::kSwiGlu;
  giant.mlp_hidden = 24;
  beit.family = shared.family = "beit";
  beit.layer_scale = true;
  shared.shared_positions = true;
  dinov3.family = gated.family = "dinov3";
  dinov3.registers = gated.registers = 4;
  hiera = sam2_hiera_tiny();
  hiera.dim = 64;
  hiera.depth = 5;
  hiera.stages = {1, 1, 2, 1};
  EncoderConfig windowed = hiera;  // its windows of 14 tokens are padded
  hiera.global_blocks = {3};
  windowed.global_blocks = {};
  return {plain, giant, beit, shared, dinov3, gated, windowed, hiera};
}

ModelConfig model_of(const EncoderConfig& encoder) {
  const int64_t last = encoder.family == "hiera" ? encoder.stages[0] + encoder.stages[1] + 1 : encoder.depth - 1;
  return {.encoder = encoder,
          .target_layers = {last - 1, last},
          .encoder_groups = {{0}, {1}},
          .decoder_groups = {{0}, {1}},
          .decoder_depth = 2,
          .decoder_heads = 2};
}

int64_t sum(const std::vector<int64_t>& values) { return std::accumulate(values.begin(), values.end(), int64_t{0}); }

void load(Encoder* encoder, const std::string& family, const std::string& path) {
  std::vector<NamedParameter> wanted;
  encoder->visit("", [&](const std::string& name, at::Tensor& tensor) { wanted.push_back({name, &tensor}); });
  assign_weights(wanted, to_official_names(read_weights(path, nullptr), family, path), path,
                 encoder_match_rules(family));
}

TEST("the pretrained Hiera of SAM 2 gives the expected features of its targets") {
  const std::string shared = environment("DINOMALY_SHARED");
  const std::string weights = shared + "/weights/sam2-hiera-tiny-fp16.safetensors";
  if (shared.empty() || !parity::exists(weights)) SKIP("DINOMALY_SHARED names no folder with the weights");
  const at::NoGradGuard no_grad;
  const auto encoder = make_encoder(sam2_hiera_tiny());
  load(encoder.get(), "hiera", weights);
  const TensorMap expected = read_weights(shared + "/weights/sam2-hiera-tiny-expected.safetensors", nullptr);
  const std::vector<int64_t> targets{3, 4, 5, 6, 7, 8, 9};
  for (const std::string name : {"noise_224", "noise_160x224"}) {
    const auto features = at::stack(encoder->features(expected.at(name + ".input"), targets, {}));
    const at::Tensor wanted = expected.at(name + ".stage3").flatten(2, 3);
    CHECK_CLOSE(features, wanted, 1e-4);
    std::printf("     %s: %.1e\n", name.c_str(), ((features - wanted).abs().max() / wanted.abs().max()).item<double>());
  }
  const auto last = encoder->features(expected.at("picture_448.input"), {9}, {}).front();
  const at::Tensor wanted = expected.at("picture_448.stage3_last").flatten(1, 2);
  CHECK_CLOSE(last, wanted, 1e-4);
  std::printf("     picture_448: %.1e\n", ((last - wanted).abs().max() / wanted.abs().max()).item<double>());
}

EncoderConfig encoder_of(const parity::CaseConfig& config) {
  const bool hiera = config.text("family") == "hiera";
  const auto optional = [&](const std::string& key, int64_t otherwise) {
    return config.has(key) ? config.integer(key) : otherwise;
  };
  // A fixture's hiera tells the width of its stem and the heads of each stage; ours those of the target stage.
  return {.family = config.text("family"),
          .dim = config.integer("dim") * (hiera ? 4 : 1),
          .depth = hiera ? sum(config.integers("stages")) : config.integer("depth"),
          .heads = config.integer(hiera ? "heads.2" : "heads"),
          .patch = optional("patch", 16),
          .registers = optional("registers", 0),
          .position_grid = optional("positionGrid", 1),
          .layer_scale = optional("layerScale", 0) != 0,
          .mlp = config.has("mlp.kind") ? from_word(kMlpWords, config.text("mlp.kind"), "mlp.kind") : MlpKind::kGelu,
          .mlp_hidden = optional("mlp.hidden", 0),
          .shared_positions = optional("sharedTable", 0) != 0,
          .stages = config.integers("stages"),
          .windows = config.integers("windows"),
          .global_blocks = config.integers("globalBlocks")};
}

// The largest error of one fixture, relative to its largest feature.
double check_fixture(const std::string& name) {
  const parity::CaseConfig config(fixture("encoders/" + name + ".json"));
  const auto encoder = make_encoder(encoder_of(config));
  load(encoder.get(), config.text("family"), fixture("encoders/" + config.text("file")));
  const std::string expected_path = fixture("encoders/" + name + "-expected.safetensors");
  const TensorMap expected = read_weights(expected_path, nullptr);
  double worst = 0;
  const TensorMap inputs = parity::with_prefix(expected, "input");
  CHECK(inputs.contains("") && parity::with_prefix(expected, "features").size() == inputs.size());
  for (const auto& [number, input] : inputs) {
    const at::Tensor features = at::stack(encoder->features(input, config.integers("targets"), {}));
    const at::Tensor wanted = parity::tensor_of(expected, "features" + number).view_as(features);
    worst = std::max(worst, ((features - wanted).abs().max() / wanted.abs().max()).item<double>());
    CHECK_CLOSE(features, wanted, 1e-5);
  }
  return worst;
}

TEST("files as publishers store them give the features of an independent implementation") {
  const at::NoGradGuard no_grad;
  int cases = 0;
  double worst = 0;
  for (const std::string& name : names_in(fixture("encoders"))) {
    if (!name.ends_with(".json")) continue;
    worst = std::max(worst, check_fixture(name.substr(0, name.size() - 5)));
    ++cases;
  }
  CHECK(cases == 30);
  std::printf("     %d files, largest relative error %.1e\n", cases, worst);
}

TEST("every family gives one token a patch after its prefix, for pictures of any multiple of its patch") {
  const at::NoGradGuard no_grad;
  for (const EncoderConfig& config : small_encoders()) {
    const Network network = small_network(model_of(config));
    const int64_t side = input_multiple(config);
    const at::Tensor images = random_images(2, 2 * side, 3 * side);
    const auto groups = network.encode(images, {});
    const int64_t patches = 6 * (side / config.patch) * (side / config.patch);
    CHECK(groups[0].sizes() == at::IntArrayRef({2, network.encoder().prefix_tokens() + patches, config.dim}));
    CHECK(groups[1].isfinite().all().item<bool>());
    const GroupFeatures features = network.forward(images, {});
    CHECK(features.decoder[0].sizes() == at::IntArrayRef({2, patches, config.dim}));
  }
}

TEST("a picture gives the same features alone and in a batch") {
  const at::NoGradGuard no_grad;
  for (const EncoderConfig& config : small_encoders()) {
    const Network network = small_network(model_of(config));
    const at::Tensor images = random_images(3, 2 * input_multiple(config), 2 * input_multiple(config));
    const at::Tensor together = network.encode(images, {})[1].narrow(0, 1, 1);
    CHECK_CLOSE(network.encode(images.narrow(0, 1, 1), {})[1], together, 1e-5);
  }
}

TEST("execution plans give the own result of every family") {
  const at::NoGradGuard no_grad;
  for (const EncoderConfig& config : small_encoders()) {
    const Network network = small_network(model_of(config));
    const at::Tensor images = random_images(2, 2 * input_multiple(config), 3 * input_multiple(config));
    const GroupFeatures expected = network.forward(images, {});
    const GroupFeatures exact =
        make_plan(network, geometry_of(images), at::kCPU, Precision::kFloat32)->compared(images, {});
    const GroupFeatures half =
        make_plan(network, geometry_of(images), at::kCPU, Precision::kBfloat16)->compared(images, {});
    for (size_t group = 0; group < expected.encoder.size(); ++group) {
      CHECK_CLOSE(exact.encoder[group], expected.encoder[group], 1e-5);
      CHECK_CLOSE(exact.decoder[group], expected.decoder[group], 1e-5);
      CHECK_CLOSE(half.encoder[group].to(at::kFloat), expected.encoder[group], 0.05);
      CHECK_CLOSE(half.decoder[group].to(at::kFloat), expected.decoder[group], 0.05);
    }
    // The plan has packed linears of its own: the network's are as they were.
    CHECK_CLOSE(network.forward(images, {}).encoder[0], expected.encoder[0], 0);
  }
}

TEST("a network of every family gives the same with the weights of its norms in the layers after them") {
  const at::NoGradGuard no_grad;
  for (const EncoderConfig& config : small_encoders()) {
    Network network = small_network(model_of(config));
    const at::Tensor images = random_images(2, 2 * input_multiple(config), 2 * input_multiple(config));
    Network folded = network;
    folded.fold_norms();
    const GroupFeatures expected = network.forward(images, {}), actual = folded.forward(images, {});
    CHECK_CLOSE(at::stack(actual.encoder), at::stack(expected.encoder), 1e-5);
    CHECK_CLOSE(at::stack(actual.decoder), at::stack(expected.decoder), 1e-5);
    CHECK(folded.parameters().size() < network.parameters().size());
  }
}

TEST("a model file of every family is read back the same, and without what its encoder's file lacked") {
  const at::NoGradGuard no_grad;
  const TemporaryFolder folder;
  for (const EncoderConfig& config : small_encoders()) {
    Network network = small_network(model_of(config));
    const std::string path = folder.file("model.safetensors");
    write_model(path, network, {});
    TensorMap whole = read_weights(path, nullptr);
    const at::Tensor images = random_images(1, 2 * input_multiple(config), 2 * input_multiple(config));
    Network read = read_model(path, network.config());
    CHECK_CLOSE(read.encode(images, {})[1], network.encode(images, {})[1], 0);
    CHECK(whole.contains("encoder.mask_token") == (config.family != "hiera"));
    if (config.family == "hiera") continue;  // it has none
    TensorMap encoder;
    for (const auto& [name, tensor] : whole) {
      if (name.starts_with("encoder.")) encoder[name.substr(8)] = tensor.clone();
    }
    encoder.erase("mask_token");
    assign_weights(read.encoder_parameters(), encoder, "F", encoder_match_rules(config.family));
    write_model(path, read, {});
    CHECK(read_weights(path, nullptr).size() == whole.size() - 1);
    CHECK_CLOSE(read_model(path, network.config()).encode(images, {})[1], network.encode(images, {})[1], 0);
  }
}

TEST("an untrained encoder of every family gives finite features") {
  const at::NoGradGuard no_grad;
  for (const EncoderConfig& config : small_encoders()) {
    Network network(model_of(config));
    network.initialise_encoder(make_generator(at::kCPU, 1));
    const at::Tensor images = random_images(1, 2 * input_multiple(config), 2 * input_multiple(config));
    const at::Tensor features = network.encode(images, {})[1];
    CHECK(features.isfinite().all().item<bool>() && features.std().item<double>() > 0.01);
  }
}

TEST("relative positions count query minus key, y before x, with three rows for the class token") {
  const at::Tensor index = relative_position_index(2, 3, at::kCPU).view({7, 7});
  const auto at = [&](int64_t query, int64_t key) { return index[query][key].item<int64_t>(); };
  // Rows of a 2 x 3 window: (dy + 1) * 5 + (dx + 2), then 15, 16 and 17.
  CHECK(at(1, 1) == 7 && at(6, 6) == 7);
  CHECK(at(1, 2) == 6 && at(2, 1) == 8 && at(4, 1) == 12 && at(1, 6) == 0 && at(6, 1) == 14);
  CHECK(at(0, 3) == 15 && at(3, 0) == 16 && at(0, 0) == 17);
}

TEST("a bias table of another window keeps the rows of the class token") {
  const at::Tensor table = at::arange(28, at::kFloat).view({28, 1});  // 5 x 5 + 3
  CHECK(resize_relative_positions(table, 3, 3, 3).equal(table));
  const at::Tensor wide = resize_relative_positions(table, 3, 3, 4);
  CHECK(wide.size(0) == 5 * 7 + 3 && wide.narrow(0, 35, 3).equal(table.narrow(0, 25, 3)));
}

TEST("rotary embedding keeps lengths, leaves the prefix alone, and its products depend on distance alone") {
  const Rotary rotary = Rotary::of_grid(1, 8, 16, at::kCPU);
  const at::Tensor one = at::empty({1, 1, 1, 16}).normal_(0, 1, make_generator(at::kCPU, 2));
  const at::Tensor turned = rotary.turn(one.expand({1, 1, 11, 16}))[0][0];
  CHECK_CLOSE(turned.narrow(0, 0, 3), one[0][0].expand({3, 16}), 0);
  CHECK_CLOSE(turned.norm(2, {1}), one.norm().expand({11}), 1e-6);
  const at::Tensor products = turned.narrow(0, 3, 8).matmul(turned.narrow(0, 3, 8).t());
  CHECK_CLOSE(products[0][3], products[4][7], 1e-5);
}

TEST("settings that no encoder of a family has are refused") {
  const auto refused = [](EncoderConfig config) { return error_of([&] { Network network(model_of(config)); }); };
  EncoderConfig hiera = small_encoders().back();
  CHECK(refused(hiera).empty());
  hiera.windows = {7, 4, 14, 7};
  CHECK(contains(refused(hiera), "even encoder.windows"));
  hiera = small_encoders().back();
  hiera.depth = 6;
  CHECK(contains(refused(hiera), "add up"));
  ModelConfig outside = model_of(small_encoders().back());
  outside.target_layers = {1, 2};
  CHECK(contains(error_of([&] { Network network(outside); }), "blocks 2 to 3"));
  EncoderConfig unknown = small_encoders().front();
  unknown.family = "swin";
  CHECK(contains(refused(unknown), "known: vit, beit, dinov3, hiera"));
}

}  // namespace
}  // namespace dinomaly::test
